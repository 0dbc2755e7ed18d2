import { APIConnectionTimeoutError, type OpenAI } from 'openai'
import { type CompletionInit, httpErrorIn, readBody } from '../errors/http-error.ts'
import type { ChatRequest } from '../request.ts'
import type { Route } from '../route.ts'
import type { Completion, Progress } from './completion.ts'
import { emptyResponse, type RawResponse } from './raw-response.ts'
import { readAnswer } from './read-answer.ts'
import { bodyFor } from './request-body.ts'
import { idInHeaders } from './request-id.ts'
import { type RunningTimeouts, startTimeouts } from './timeouts.ts'

const isTransportTimeout = (error: unknown): boolean => error instanceof APIConnectionTimeoutError

export type SendOptions = {
  client: OpenAI
  /** The API key of this one request, in plain text. */
  key: string
  route: Route
  request: ChatRequest
  /** Milliseconds of a clock that never jumps. */
  now: () => number
  /** Called with the provider's id of the request, as received, when the headers arrive, if they contain one. */
  onIdentified(providerRequestId: string): void
  /** Called with everything that was read so far, whenever more has arrived. */
  onProgress(completion: Completion): void
}

/**
 * Sends the request and reads the answer into `rawResponse`. Throws what the SDK or the connection throws; what was
 * read before that is in `rawResponse` then.
 */
const sendAndRead = async (options: SendOptions, rawResponse: RawResponse, timeouts: RunningTimeouts) => {
  const { client, key, route, request, now } = options
  const startedAt = now()
  const fetchOptions: CompletionInit = {
    onSend: () => {
      rawResponse.unsent = false
    },
  }
  const headers = { Authorization: `Bearer ${key}` }
  const response = await client.chat.completions
    .create(bodyFor(route, request), { signal: timeouts.signal, headers, fetchOptions })
    .asResponse()
  rawResponse.status = response.status
  rawResponse.headers = response.headers
  const id = idInHeaders(response.headers)
  if (id !== null) options.onIdentified(id)
  if (!response.headers.get('content-type')?.includes('text/event-stream')) timeouts.expectSingleBody()
  if (!response.body) {
    rawResponse.completion.missing = 'empty'
    return
  }
  const onProgress = (progress: Progress) => {
    if (progress === null) return
    if (progress === 'token') rawResponse.firstTokenMs ??= now() - startedAt
    timeouts.progress()
    options.onProgress(rawResponse.completion)
  }
  await readAnswer(response.body, rawResponse.completion, request.maxCompletionTokens, timeouts.signal, onProgress)
}

/**
 * Sends one streamed request to a provider under the deadlines of its route. Never throws for what the provider or the
 * network does. When a deadline passes or `signal` aborts, the connection is closed.
 */
export const send = async (options: SendOptions, signal: AbortSignal): Promise<RawResponse> => {
  const startedAt = options.now()
  const timeouts = startTimeouts(options.route.timeouts, signal)
  const rawResponse: RawResponse = { ...emptyResponse(), unsent: true }
  try {
    if (!signal.aborted) await sendAndRead(options, rawResponse, timeouts)
  } catch (error) {
    const errorResponse = httpErrorIn(error)
    if (errorResponse) {
      rawResponse.status = errorResponse.status
      rawResponse.headers = errorResponse.headers
      rawResponse.errorBody = await readBody(errorResponse, timeouts.signal)
    } else {
      rawResponse.interruptedBy = isTransportTimeout(error) ? 'transport_timeout' : 'network'
    }
  } finally {
    timeouts.close()
  }
  rawResponse.interruptedBy = timeouts.timeoutReason() ?? rawResponse.interruptedBy
  rawResponse.latencyMs = options.now() - startedAt
  return rawResponse
}
