import { APIConnectionTimeoutError, APIError, type OpenAI } from 'openai'
import { openRouterBody } from './body.ts'
import { type Completion, emptyCompletion } from './completion.ts'
import { type GivenUp, type Patience, startPatience, type Timeouts } from './patience.ts'
import { readAnswer } from './read-answer.ts'
import type { ChatRequest } from './request.ts'

/** One request and what came of it, not judged yet. */
export type Exchange = {
  status: number | null
  headers: Headers
  completion: Completion
  /** The body of an answer that was no success. */
  refusal: unknown
  /** How it ended before its end, if it did: given up by us, or cut off. */
  broken: GivenUp | 'network' | 'transport_timeout' | null
  latencyMs: number
  firstTokenMs: number | null
}

const isTransportTimeout = (error: unknown): boolean => error instanceof APIConnectionTimeoutError

type Sent = { client: OpenAI; model: string; request: ChatRequest; timeouts: Timeouts; now: () => number }

/** Sends and reads; throws what the transport throws, with all that was read until then in `exchange`. */
const converse = async ({ client, model, request, now }: Sent, exchange: Exchange, patience: Patience) => {
  const startedAt = now()
  const response = await client.chat.completions
    .create(openRouterBody(model, request), { signal: patience.signal })
    .asResponse()
  exchange.status = response.status
  exchange.headers = response.headers
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
  const patience = startPatience(sent.timeouts, signal)
  const exchange: Exchange = {
    status: null,
    headers: new Headers(),
    completion: emptyCompletion(),
    refusal: null,
    broken: null,
    latencyMs: 0,
    firstTokenMs: null,
  }
  try {
    await converse(sent, exchange, patience)
  } catch (error) {
    if (error instanceof APIError && error.status !== undefined) {
      exchange.status = error.status
      exchange.headers = error.headers ?? exchange.headers
      exchange.refusal = error.error ?? error.message.replace(/^\d{3} /, '')
    } else {
      exchange.broken = isTransportTimeout(error) ? 'transport_timeout' : 'network'
    }
  } finally {
    patience.close()
  }
  exchange.broken = patience.givenUp() ?? exchange.broken
  exchange.latencyMs = sent.now() - startedAt
  return exchange
}
