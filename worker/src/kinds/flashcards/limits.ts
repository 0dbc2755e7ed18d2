import { promptSize } from '@recto/shared/cost'
import { cardBounds } from '@recto/shared/kinds/flashcards'

/** The numbers of flashcards@1, for its prompt and its gate alike. Lengths are in code points unless named otherwise. */
export const limits = {
  cards: cardBounds,
  spareCards: promptSize.spareCards,
  front: 200,
  back: 500,
  quote: 12,
  quoteCjk: 6,
  quoteWords: 2,
  longFront: { codePoints: 150, words: 25 },
  longBack: { codePoints: 300, words: 30 },
  sentences: 3,
  /** Trigram Jaccard from which on two cards count as near duplicates. */
  similarity: 0.8,
  /** Letters in a row that a card may not have from the instructions: about five words. Real texts share 12 with them at most. */
  leak: 24,
  /** From when on a string without spaces is a key rather than a word: its characters, digits, and changes of their kind. */
  secret: { length: 20, digits: 2, changes: 6 },
} as const
