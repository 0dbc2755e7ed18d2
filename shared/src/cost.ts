import { addMoney, costOfTokens } from './money.ts'
import type { Price } from './price.ts'

/**
 * An estimate without a tokenizer: in every language measured, a token of usual text has at least three bytes. Hexadecimal
 * digits, base64 and rare signs have up to one token per byte.
 */
export const tokensOfBytes = (bytes: number): number => Math.ceil(bytes / 3)

/** Tokens that a provider's template adds around the messages. */
export const templateTokens = 64

/** UTF-8 bytes that a model reads: Recto's own prompt and schema, and what other people wrote. */
export type ReadBytes = { prompt: number; text: number }

/**
 * The highest number of tokens that a model reads. Recto's own prompt is usual text; of what other people wrote, every
 * byte may be a token, because no tokenizer makes more than one of a byte.
 */
export const readTokensAtMost = ({ prompt, text }: ReadBytes): number => tokensOfBytes(prompt) + text + templateTokens

/** How many tokens a model reads of so many bytes of usual text. */
export const usualReadTokens = (bytes: number): number => tokensOfBytes(bytes) + templateTokens

/** A shorter answer than this is of no use, unless no longer one was asked for. `mostTokens`: the longest that is. */
export const leastAnswerOf = (mostTokens: number): number => Math.min(mostTokens, 256)

/** What so many tokens cost, as a decimal string in USD. */
export const costOf = (tokens: { input: number; output: number }, price: Price): string =>
  addMoney(costOfTokens(tokens.input, price.input_per_million), costOfTokens(tokens.output, price.output_per_million))

/** The highest cost of a request, as a decimal string in USD, when its answer has at most `mostTokens` tokens. */
export const costAtMost = (read: ReadBytes, mostTokens: number, price: Price): string =>
  costOf({ input: readTokensAtMost(read), output: mostTokens }, price)
