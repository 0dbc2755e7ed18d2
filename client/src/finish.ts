import type { Generation, Suggestion } from './api.ts'
import { failed, isRectoError } from './errors.ts'
import type { GenerationEvent, ProvisionalSuggestion, StoredSuggestion, Withdrawn } from './events.ts'
import { follow } from './follow.ts'
import { createFollower } from './follower.ts'
import { type CallOptions, type Limit, pause } from './limit.ts'
import type { Send } from './send.ts'

/** A generation that has succeeded, with its cards. */
export type Finished = Generation & { suggestions: Suggestion[] }

export type WaitOptions = CallOptions & {
  /**
   * Is called with each card while the model writes (`provisional`), and with each stored card, in order. A card has the same
   * `key` both times. Only what the call answers counts: a provisional card may be withdrawn, and may never have come.
   */
  onSuggestion?: ((suggestion: ProvisionalSuggestion | StoredSuggestion) => void) | undefined
  /** Is called when a provisional card is void. */
  onWithdrawn?: ((withdrawn: Withdrawn) => void) | undefined
}

/** How long the API may refuse a stream, in milliseconds, before the generation is waited for without one. */
const streamPatienceMs = 10_000
/** How long the API holds a request for a generation that is not over, until a stream is tried again. */
const longestWaitSeconds = 10

/**
 * Waits for the cards of a generation. It follows the events, and polls where the API or something on the way gives none.
 * @throws RectoError from the function that it makes
 */
export const createFinish =
  (send: Send) =>
  async (id: string, limit: Limit, { onSuggestion, onWithdrawn }: WaitOptions): Promise<Finished> => {
    const path = `ai/generations/${id}`
    const follower = createFollower()
    const provisional = new Set<string>()
    const stored = new Map<string, Suggestion>()

    const take = ({ type, data }: GenerationEvent): void => {
      if (type === 'suggestion') {
        provisional[data.provisional ? 'add' : 'delete'](data.key)
        if (!data.provisional) {
          const { provisional: _, key, ...suggestion } = data
          stored.set(data.id, suggestion)
        }
        onSuggestion?.(data)
      } else if (type === 'withdrawn') {
        provisional.delete(data.key)
        onWithdrawn?.(data)
      } else if (type === 'reset') {
        for (const key of provisional) onWithdrawn?.({ key, reason: type })
        provisional.clear()
      }
    }

    const untilDone = async (): Promise<Generation | undefined> => {
      try {
        for await (const event of follow(send, id, follower, limit, streamPatienceMs)) {
          take(event)
          if (event.type === 'done') return event.data
        }
      } catch (error) {
        // The poll fails by itself, if it must.
        if (!isRectoError(error) || limit.signal.aborted) throw error
      }
      return undefined
    }

    /** Reads the generation when it is over, or after some seconds. */
    const poll = async (): Promise<Generation> => {
      const seconds = Math.max(1, Math.min(longestWaitSeconds, Math.floor(limit.leftMs() / 1000)))
      const askedAt = performance.now()
      const { body, retryAfterMs } = await send({ path: `${path}?wait=${seconds}` }, limit)
      const generation = body as Generation
      // The API answers at once when it holds too many requests already.
      if (generation.finished_at === null && performance.now() - askedAt < 1000)
        await pause(limit, retryAfterMs ?? 1000)
      return generation
    }

    let generation: Generation
    do generation = (await untilDone()) ?? (await poll())
    while (generation.finished_at === null)
    const { status, error, suggestions_count, attempts } = generation
    let suggestions = [...stored.values()]
    if (status === 'succeeded' && suggestions.length !== suggestions_count) {
      const { body } = await send({ path: `${path}/suggestions` }, limit)
      suggestions = (body as { data: Suggestion[] }).data
    }
    // What no stream has told.
    take({ type: 'reset', data: { attempt: attempts } })
    for (const suggestion of suggestions.filter((one) => !stored.has(one.id)))
      take({ type: 'suggestion', data: { provisional: false, key: suggestion.id, ...suggestion } })
    if (status === 'failed') throw failed(error?.message ?? status, { code: 'generation_failed', generation })
    if (status !== 'succeeded')
      throw failed(`the generation is ${status}`, { code: 'generation_cancelled', generation })
    return { ...generation, suggestions }
  }
