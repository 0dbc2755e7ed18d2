import { APIConnectionTimeoutError, type OpenAI } from 'openai'
import { httpErrorIn, readBody } from '../errors/http-error.ts'
import type { ChatRequest } from '../request.ts'
import type { Route } from '../route.ts'
import { type Completion, emptyCompletion } from './completion.ts'
import { readAnswer } from './read-answer.ts'
import { bodyFor } from './request-body.ts'
import { idInHeaders } from './request-id.ts'
import { type RunningTimeouts, startTimeouts, type TimeoutReason } from './timeouts.ts'

/** One request and what came of it, not judged yet. */
export type RawResponse = {
  status: number | null
  headers: Headers
  completion: Completion
  /** The body of an answer that was no success. */
  refusal: unknown
  /** How it ended before its end, if it did: given up by us, or cut off. */
  broken: TimeoutReason | 'network' | 'transport_timeout' | null
  /** The provider never had it: there was no connection, or it was stopped before. */
  unsent: boolean
  latencyMs: number
  firstTokenMs: number | null
}

const isTransportTimeout = (error: unknown): boolean => error instanceof APIConnectionTimeoutError

/** `key` goes with this request alone. `onIdentified` hears the provider's id as soon as the headers are there. */
export type Sent = {
  client: OpenAI
  key: string
  route: Route
  request: ChatRequest
  now: () => number
  onIdentified(providerRequestId: string): void
}

const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** The code stands some causes deep: the SDK wraps fetch's error, which wraps the socket's. */
const codeOf = (error: unknown, depth = 0): string | null => {
  if (!(error instanceof Error) || depth > 4) return null
  return 'code' in error && typeof error.code === 'string' ? error.code : codeOf(error.cause, depth + 1)
}

/** Sends and reads; throws what the transport throws, with all that was read until then in `exchange`. */
const converse = async (sent: Sent, rawResponse: RawResponse, timeouts: RunningTimeouts) => {
  const { client, key, route, request, now } = sent
  const startedAt = now()
  const response = await client.chat.completions
    .create(bodyFor(route, request), { signal: timeouts.signal, headers: { Authorization: `Bearer ${key}` } })
    .asResponse()
  rawResponse.status = response.status
  rawResponse.headers = response.headers
  const id = idInHeaders(response.headers)
  if (id !== null) sent.onIdentified(id)
  if (!response.headers.get('content-type')?.includes('text/event-stream')) timeouts.expectSingleBody()
  if (!response.body) return
  await readAnswer(response.body, rawResponse.completion, timeouts.signal, (progress) => {
    if (progress === null) return
    if (progress === 'token') rawResponse.firstTokenMs ??= now() - startedAt
    timeouts.progress()
  })
}

/**
 * One request to a provider, streamed, under its own deadlines. Never throws for what a provider or the network does. When a
 * deadline passes or `signal` aborts, the connection is closed.
 */
export const send = async (sent: Sent, signal: AbortSignal): Promise<RawResponse> => {
  const startedAt = sent.now()
  const timeouts = startTimeouts(sent.route.timeouts, signal)
  const rawResponse: RawResponse = {
    status: null,
    headers: new Headers(),
    completion: emptyCompletion(),
    refusal: null,
    broken: null,
    unsent: signal.aborted,
    latencyMs: 0,
    firstTokenMs: null,
  }
  try {
    if (!signal.aborted) await converse(sent, rawResponse, timeouts)
  } catch (error) {
    const refused = httpErrorIn(error)
    if (refused) {
      rawResponse.status = refused.status
      rawResponse.headers = refused.headers
      rawResponse.refusal = await readBody(refused, timeouts.signal)
    } else {
      rawResponse.broken = isTransportTimeout(error) ? 'transport_timeout' : 'network'
      rawResponse.unsent ||= neverConnected.has(codeOf(error) ?? '')
    }
  } finally {
    timeouts.close()
  }
  rawResponse.broken = timeouts.timeoutReason() ?? rawResponse.broken
  rawResponse.latencyMs = sent.now() - startedAt
  return rawResponse
}
