import type { Suggestion } from '@recto/client'
import { type ReviewState, withEntries } from './review-state.ts'

const idsOf = (queue: ReviewState['queue']): Set<string> => new Set(queue.flat().map(({ id }) => id))

/** After the first request of the queue was carried out: its suggestions are as the API answers them. */
export const afterStored = (state: ReviewState, answers: Suggestion[]): ReviewState => {
  const queue = state.queue.slice(1)
  const waiting = idsOf(queue)
  const byId = new Map(answers.map((answer) => [answer.id, answer]))
  const stored = withEntries(state, byId.keys(), (entry) => ({
    ...entry,
    suggestion: byId.get(entry.suggestion.id) ?? entry.suggestion,
    unsent: waiting.has(entry.suggestion.id) ? entry.unsent : null,
    error: null,
  }))
  const next = { ...stored, queue, stopped: null }
  // The API is back: what waits is on its way again.
  return state.stopped === null ? next : withEntries(next, waiting, (entry) => ({ ...entry, error: null }))
}

/** After the first request of the queue had no answer: everything that waits is not stored, and will be sent again. */
export const afterStop = (state: ReviewState, error: unknown): ReviewState => ({
  ...withEntries(state, idsOf(state.queue), (entry) => ({ ...entry, error })),
  stopped: error,
})

export type Refusal = {
  error: unknown
  /** The suggestions that the API would not decide about. */
  refused: string[]
  /** How suggestions of the request are now. */
  now: Suggestion[]
  /** Suggestions that do not exist any more. */
  gone: string[]
}

/**
 * After the API refused the first request of the queue: what it refused comes back as it is now, with its error. Later
 * decisions about the same are void, because they were made about something else. The rest of the request is sent again.
 */
export const afterRefusal = (state: ReviewState, { error, refused, now, gone }: Refusal): ReviewState => {
  const isLeft = ({ id }: { id: string }) => !refused.includes(id)
  const queue = state.queue.map((decisions) => decisions.filter(isLeft)).filter((decisions) => decisions.length > 0)
  const byId = new Map(now.map((suggestion) => [suggestion.id, suggestion]))
  const refusedNow = withEntries(state, refused, (entry) => {
    const suggestion = byId.get(entry.suggestion.id) ?? entry.suggestion
    const isGone = gone.includes(suggestion.id)
    const isElsewhere = suggestion.status !== entry.suggestion.status
    return { ...entry, suggestion, unsent: null, error, accepted: null, isGone, isElsewhere }
  })
  const next = {
    ...refusedNow,
    queue,
    stopped: null,
    history: state.history.map((ids) => ids.filter((id) => !refused.includes(id))).filter((ids) => ids.length > 0),
  }
  return state.stopped === null ? next : withEntries(next, idsOf(queue), (entry) => ({ ...entry, error: null }))
}
