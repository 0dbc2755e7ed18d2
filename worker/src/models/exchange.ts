import { APIConnectionTimeoutError, type OpenAI } from 'openai'
import { bodyFor } from './body.ts'
import { type Completion, emptyCompletion } from './completion.ts'
import { type GivenUp, type Patience, startPatience } from './patience.ts'
import { readAnswer } from './read-answer.ts'
import { readBody, refusedIn } from './refused.ts'
import type { ChatRequest } from './request.ts'
import { idInHeaders } from './request-id.ts'
import type { Route } from './route.ts'

/** One request and what came of it, not judged yet. */
export type Exchange = {
  status: number | null
  headers: Headers
  completion: Completion
  /** The body of an answer that was no success. */
  refusal: unknown
  /** How it ended before its end, if it did: given up by us, or cut off. */
  broken: GivenUp | 'network' | 'transport_timeout' | null
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
const converse = async (sent: Sent, exchange: Exchange, patience: Patience) => {
  const { client, key, route, request, now } = sent
  const startedAt = now()
  const response = await client.chat.completions
    .create(bodyFor(route, request), { signal: patience.signal, headers: { Authorization: `Bearer ${key}` } })
    .asResponse()
  exchange.status = response.status
  exchange.headers = response.headers
  const id = idInHeaders(response.headers)
  if (id !== null) sent.onIdentified(id)
  if (!response.headers.get('content-type')?.includes('text/event-stream')) patience.inOnePiece()
  if (!response.body) return
  await readAnswer(response.body, exchange.completion, patience.signal, (progress) => {
    if (progress === null) return
    if (progress === 'token') exchange.firstTokenMs ??= now() - startedAt
    patience.progress()
  })
}

/**
 * One request to a provider, streamed, under its own deadlines. Never throws for what a provider or the network does. When a
 * deadline passes or `signal` aborts, the connection is closed.
 */
export const exchangeWith = async (sent: Sent, signal: AbortSignal): Promise<Exchange> => {
  const startedAt = sent.now()
  const patience = startPatience(sent.route.timeouts, signal)
  const exchange: Exchange = {
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
    if (!signal.aborted) await converse(sent, exchange, patience)
  } catch (error) {
    const refused = refusedIn(error)
    if (refused) {
      exchange.status = refused.status
      exchange.headers = refused.headers
      exchange.refusal = await readBody(refused, patience.signal)
    } else {
      exchange.broken = isTransportTimeout(error) ? 'transport_timeout' : 'network'
      exchange.unsent ||= neverConnected.has(codeOf(error) ?? '')
    }
  } finally {
    patience.close()
  }
  exchange.broken = patience.givenUp() ?? exchange.broken
  exchange.latencyMs = sent.now() - startedAt
  return exchange
}
