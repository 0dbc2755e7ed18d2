import { costAtMost, costOf, readTokensAtMost, usualReadTokens } from '@recto/shared/cost'
import type { Price } from '@recto/shared/price'
import type { ChatRequest } from './request.ts'
import type { Route } from './route.ts'

/** UTF-8 bytes of everything in a request that a model reads: the messages and the JSON schema. */
export const sentBytes = ({ messages, schema }: Pick<ChatRequest, 'messages' | 'schema'>): number =>
  messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) +
  (schema ? Buffer.byteLength(JSON.stringify(schema)) : 0)

/** How large a context window a request and its answer need, for usual text. A model that it is too long for says so. */
export const tokensAtMost = (request: ChatRequest): number =>
  usualReadTokens(sentBytes(request)) + request.maxCompletionTokens

/** The cost of a request in USD, as a decimal string, when its text and its answer are as usual. */
export const expectedCost = (request: ChatRequest, price: Price): string =>
  costOf(
    {
      input: usualReadTokens(sentBytes(request)),
      output: request.expectedCompletionTokens ?? request.maxCompletionTokens,
    },
    price,
  )

/** Only the instructions are this project's own text. */
const readBytes = (request: ChatRequest) => {
  const text = sentBytes({ messages: request.messages.filter(({ role }) => role !== 'system') })
  return { prompt: sentBytes(request) - text, text }
}

/** The most tokens that a model reads of a request. */
export const readTokens = (request: ChatRequest): number => readTokensAtMost(readBytes(request))

/** The largest possible cost of a request in USD, as a decimal string. */
export const maxCost = (request: ChatRequest, price: Price): string =>
  costAtMost(readBytes(request), request.maxCompletionTokens, price)

/** The request with room for what the route's model thinks beside its answer. */
export const withThinking = (request: ChatRequest, { thinkingTokens }: Pick<Route, 'thinkingTokens'>): ChatRequest => ({
  ...request,
  maxCompletionTokens: request.maxCompletionTokens + thinkingTokens,
})

/** What a request to this route reserves, in USD, as a decimal string. */
export const reservationOf = (request: ChatRequest, route: Pick<Route, 'thinkingTokens' | 'maxPrice'>): string =>
  maxCost(withThinking(request, route), route.maxPrice)
