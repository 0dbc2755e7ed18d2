import { addMoney, costOfTokens } from './money.ts'
import type { ChatRequest, Price } from './request.ts'

/** No tokenizer, an upper bound: no language measured needs more than a token for three bytes. */
export const tokensOfBytes = (bytes: number): number => Math.ceil(bytes / 3)

/** What a provider's template puts around the messages. */
const templateTokens = 64

/** UTF-8 bytes of all that a model reads of a request. */
export const sentBytes = ({ messages, schema }: ChatRequest): number =>
  messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) +
  (schema ? Buffer.byteLength(JSON.stringify(schema)) : 0)

/** Prompt and answer at their largest, in tokens. */
export const tokensAtMost = (request: ChatRequest): number =>
  tokensOfBytes(sentBytes(request)) + templateTokens + request.maxCompletionTokens

/** The most that a request can cost, in USD: its answer is never longer than the limit that goes with it. */
export const worstCost = (request: ChatRequest, price: Price): string =>
  addMoney(
    costOfTokens(tokensOfBytes(sentBytes(request)) + templateTokens, price.input_per_million),
    costOfTokens(request.maxCompletionTokens, price.output_per_million),
  )
