import { costAtMost, templateTokens, tokensOfBytes } from '@recto/shared/cost'
import type { Price } from '@recto/shared/price'
import type { ChatRequest } from './request.ts'

/** UTF-8 bytes of everything in a request that a model reads: the messages and the JSON schema. */
export const sentBytes = ({ messages, schema }: ChatRequest): number =>
  messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) +
  (schema ? Buffer.byteLength(JSON.stringify(schema)) : 0)

/** The largest possible number of tokens of a request and its answer together. */
export const tokensAtMost = (request: ChatRequest): number =>
  tokensOfBytes(sentBytes(request)) + templateTokens + request.maxCompletionTokens

/** The largest possible cost of a request in USD, as a decimal string. */
export const maxCost = (request: ChatRequest, price: Price): string =>
  costAtMost(sentBytes(request), request.maxCompletionTokens, price)
