import { tokensOfBytes } from '../../cost.ts'
import { codePoints } from '../../text.ts'
import { cardBounds, type FlashcardsOptions } from './flashcards.ts'

/** The size of a flashcards@1 request beside its text. A test of the prompt holds it to these numbers. */
export const promptSize = {
  /** Bytes of UTF-8 of the instructions, the delimiters and the schema. */
  bytes: 3000,
  /** Cards that are requested beyond those wanted, because the gate drops some. */
  spareCards: 3,
  /** The longest card that the prompt allows: front, back and a quote of two long sentences, and the JSON around them. */
  card: { codePoints: 800, jsonBytes: 60 },
  /** Tokens for a card of that length in any script, and (below) for the frame around the cards. */
  tokensPerCard: 600,
  tokensBesides: 500,
  /** Tokens of a usual card: question, answer and a quote of one sentence, about 240 bytes. */
  usualTokensPerCard: 80,
  /** The longest answer of common models. */
  tokens: 16_000,
} as const

const isLatin = (language: string): boolean => {
  try {
    return new Intl.Locale(language).maximize().script === 'Latn'
  } catch {
    return false
  }
}

/** A letter of the text's script has so many bytes of UTF-8, and so have those of cards in the language of the text. */
const tokensPerCard = ({ language }: FlashcardsOptions, text: string): number => {
  if (language !== undefined && !isLatin(language)) return promptSize.tokensPerCard
  const { card } = promptSize
  const bytesPerLetter = Buffer.byteLength(text) / Math.max(1, codePoints(text))
  return Math.min(promptSize.tokensPerCard, tokensOfBytes(card.codePoints * bytesPerLetter + card.jsonBytes))
}

const cardsAsked = (maxCards: number = cardBounds.default): number => maxCards + promptSize.spareCards

/** The longest answer to a request for cards of `text`, in tokens. The request sends it as its limit. */
export const answerTokens = (options: FlashcardsOptions, text: string): number =>
  Math.min(promptSize.tokens, promptSize.tokensBesides + cardsAsked(options.max_cards) * tokensPerCard(options, text))

/** A usual answer to a request for cards, in tokens. Routes are compared by it. */
export const usualAnswerTokens = ({ max_cards }: FlashcardsOptions): number =>
  cardsAsked(max_cards) * promptSize.usualTokensPerCard
