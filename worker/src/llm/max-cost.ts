import { costAtMost, templateTokens, tokensOfBytes } from '@recto/shared/cost'
import type { Price } from '@recto/shared/price'
import type { ChatRequest } from './request.ts'

/** UTF-8 bytes of all that a model reads of a request. */
export const sentBytes = ({ messages, schema }: ChatRequest): number =>
  messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) +
  (schema ? Buffer.byteLength(JSON.stringify(schema)) : 0)

/** Prompt and answer at their largest, in tokens. */
export const tokensAtMost = (request: ChatRequest): number =>
  tokensOfBytes(sentBytes(request)) + templateTokens + request.maxCompletionTokens

/** The most that a request can cost, in USD. */
export const maxCost = (request: ChatRequest, price: Price): string =>
  costAtMost(sentBytes(request), request.maxCompletionTokens, price)
