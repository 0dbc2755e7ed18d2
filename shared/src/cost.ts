import { cardBounds } from './kinds/flashcards.ts'
import { addMoney, costOfTokens } from './money.ts'
import type { Price } from './price.ts'

/**
 * An estimate without a tokenizer: in every language measured, a token of usual text has at least three bytes. Hexadecimal
 * digits, base64 and rare signs have up to one token per byte.
 */
export const tokensOfBytes = (bytes: number): number => Math.ceil(bytes / 3)

/** Tokens that a provider's template adds around the messages. */
export const templateTokens = 64

/** The size of a flashcards@1 request beside its text. A test of the prompt holds it to these numbers. */
export const promptSize = {
  /** Bytes of UTF-8 of the instructions, the delimiters and the schema. */
  bytes: 3000,
  /** Cards that are requested beyond those wanted, because the gate drops some. */
  spareCards: 3,
  /** Tokens for the longest card that the prompt allows, in any script, and (below) for the frame around the cards. */
  tokensPerCard: 600,
  tokensBesides: 500,
  /** Tokens of a usual card: question, answer and a quote of one sentence, about 240 bytes. */
  usualTokensPerCard: 80,
  /** The longest answer of common models. */
  tokens: 16_000,
} as const

/** The longest answer to a request for `maxCards` cards, in tokens. The request sends it as its limit. */
export const answerTokens = (maxCards: number = cardBounds.default): number =>
  Math.min(promptSize.tokens, promptSize.tokensBesides + (maxCards + promptSize.spareCards) * promptSize.tokensPerCard)

/** A usual answer to a request for `maxCards` cards, in tokens. Routes are compared by it. */
export const usualAnswerTokens = (maxCards: number = cardBounds.default): number =>
  (maxCards + promptSize.spareCards) * promptSize.usualTokensPerCard

/** UTF-8 bytes that a model reads: Recto's own prompt and schema, and what other people wrote. */
export type ReadBytes = { prompt: number; text: number }

/**
 * The highest number of tokens that a model reads. Recto's own prompt is usual text; of what other people wrote, every
 * byte may be a token, because no tokenizer makes more than one of a byte.
 */
export const readTokensAtMost = ({ prompt, text }: ReadBytes): number => tokensOfBytes(prompt) + text + templateTokens

/** What so many tokens cost, as a decimal string in USD. */
export const costOf = (tokens: { input: number; output: number }, price: Price): string =>
  addMoney(costOfTokens(tokens.input, price.input_per_million), costOfTokens(tokens.output, price.output_per_million))

/** The highest cost of a request, as a decimal string in USD, when its answer has at most `mostTokens` tokens. */
export const costAtMost = (read: ReadBytes, mostTokens: number, price: Price): string =>
  costOf({ input: readTokensAtMost(read), output: mostTokens }, price)
