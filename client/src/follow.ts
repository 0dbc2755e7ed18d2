import { failed, isRectoError } from './errors.ts'
import { createMessageReader, type Message } from './event-stream.ts'
import type { GenerationEvent } from './events.ts'
import type { Follower } from './follower.ts'
import { type Limit, pause, within } from './limit.ts'
import { type Answer, longestPauseMs, type Send, shortestPauseMs, spread } from './send.ts'

/** The API sends something every 15 seconds. A connection that brings nothing for longer is broken. */
const silenceMs = 40_000
/** The first event comes at once, unless something on the way holds the answer back until it is whole. */
const openingMs = 10_000

/** Reads one answer, message by message. Calls `close`, which ends the answer, when nothing comes for a while. */
async function* messagesOf(
  { body, close }: Answer,
  limit: Limit,
  onRetry: (ms: number) => void,
): AsyncGenerator<Message> {
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const read = createMessageReader(onRetry)
  for (let quietMs = openingMs; ; quietMs = silenceMs) {
    const timer = setTimeout(close, quietMs)
    const { done, value } = await within(limit, reader.read()).finally(() => clearTimeout(timer))
    if (done) return
    for (const message of read(value)) {
      if (limit.signal.aborted) throw limit.ended()
      yield message
    }
  }
}

/**
 * Follows a generation until it is over. Opens another stream when one ends before. With
 * `patienceMs` it fails when the API gives no stream for that time, or one without events.
 * @throws RectoError
 */
export async function* follow(
  send: Send,
  id: string,
  follower: Follower,
  limit: Limit,
  patienceMs?: number,
): AsyncGenerator<GenerationEvent, void> {
  let rejected: string | undefined
  let retryMs = 0
  for (let backoffMs = shortestPauseMs; ; ) {
    const lastId = follower.lastId()
    const call = {
      path: `ai/generations/${id}/events`,
      as: 'stream' as const,
      headers: { accept: 'text/event-stream', ...(lastId && { 'last-event-id': lastId }) },
      rejected,
      patienceMs,
    }
    const answer = await send(call, limit)
    const openedAt = performance.now()
    rejected = undefined
    let isEmpty = true
    try {
      const onRetry = (ms: number) => {
        retryMs = ms
      }
      for await (const message of messagesOf(answer, limit, onRetry)) {
        isEmpty = false
        if (message.event === 'expired') {
          rejected = answer.token
          break
        }
        yield* follower.take(message)
        if (message.event === 'done') return
      }
    } catch (error) {
      // Anything else is a connection that broke.
      if (isRectoError(error)) throw error
    } finally {
      answer.close()
    }
    if (isEmpty && patienceMs !== undefined) throw failed('the API sends no events', { code: 'network' })
    // An API that stops says when another one will be there.
    await pause(limit, Math.max(retryMs * (1 + Math.random() / 4), spread(backoffMs)))
    const lastedMs = performance.now() - openedAt
    backoffMs = lastedMs > 2 * longestPauseMs ? shortestPauseMs : Math.min(backoffMs * 2, longestPauseMs)
  }
}
