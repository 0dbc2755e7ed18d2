import { cardBounds } from '@recto/shared/kinds/flashcards/flashcards'
import { promptSize } from '@recto/shared/kinds/flashcards/size'

/** The limits that prompt and gate of flashcards@1 share. Lengths are in code points where no other unit is named. */
export const limits = {
  cards: cardBounds,
  spareCards: promptSize.spareCards,
  /** The most UTF-16 units of an answer: 15 for each token of the longest one. Cards of full length have a third. */
  answer: 240_000,
  /** The most elements of an answer that are read, and how many beyond those requested are checked. */
  elements: 2000,
  spareElements: 20,
  front: 200,
  back: 500,
  /** The least length of a quote, and of a quote that is mostly Chinese, Japanese or Korean. */
  quote: 12,
  quoteCjk: 6,
  quoteWords: 2,
  /** The greatest length of a quote. The prompt asks for two sentences at most. */
  longestQuote: 2000,
  longFront: { codePoints: 150, words: 25 },
  longBack: { codePoints: 300, words: 30 },
  backSentences: 3,
  /** The trigram Jaccard similarity, from 0 to 1, from which two cards count as near duplicates. */
  similarity: 0.8,
} as const
