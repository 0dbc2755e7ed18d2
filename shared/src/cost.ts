import { cardBounds } from './kinds/flashcards.ts'
import { addMoney, costOfTokens } from './money.ts'
import type { Price } from './price.ts'

/** No tokenizer, an upper bound: no language measured needs more than a token for three bytes. */
export const tokensOfBytes = (bytes: number): number => Math.ceil(bytes / 3)

/** What a provider's template puts around the messages. */
export const templateTokens = 64

/** How large a request of flashcards@1 can be beside its text: a test of its prompt holds it to that. */
export const promptSize = {
  /** UTF-8 of the instructions, the delimiters and the schema. */
  bytes: 3000,
  /** Cards asked for beyond those wanted, since some will not pass. */
  spareCards: 3,
  /** Room for one card of the longest kind that the prompt allows, in any script, and for the frame around the cards. */
  tokensPerCard: 600,
  tokensBesides: 500,
  /** What common models can answer at most. */
  tokens: 16_000,
} as const

/** How long an answer may be: the limit that goes with the request. */
export const answerTokens = (maxCards: number = cardBounds.default): number =>
  Math.min(promptSize.tokens, promptSize.tokensBesides + (maxCards + promptSize.spareCards) * promptSize.tokensPerCard)

/** The most that a request can cost, in USD: `bytes` are all that the model reads, and no answer is longer than its limit. */
export const costAtMost = (bytes: number, mostTokens: number, price: Price): string =>
  addMoney(
    costOfTokens(tokensOfBytes(bytes) + templateTokens, price.input_per_million),
    costOfTokens(mostTokens, price.output_per_million),
  )
