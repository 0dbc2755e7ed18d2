import type { Item } from './entry.ts'
import { type ReviewState, withEntries } from './review-state.ts'

const idsOf = (queue: ReviewState['queue']): Set<string> => new Set(queue.flat().map(({ id }) => id))

/** After the first request of the queue was carried out: its items are as the API answers them. */
export const afterStored = <One extends Item>(state: ReviewState<One>, answers: One[]): ReviewState<One> => {
  const queue = state.queue.slice(1)
  const waiting = idsOf(queue)
  const byId = new Map(answers.map((answer) => [answer.id, answer]))
  const stored = withEntries(state, byId.keys(), (entry) => ({
    ...entry,
    item: byId.get(entry.item.id) ?? entry.item,
    unsent: waiting.has(entry.item.id) ? entry.unsent : null,
    error: null,
  }))
  const next = { ...stored, queue, stopped: null }
  // The API is back: what waits is on its way again.
  return state.stopped === null ? next : withEntries(next, waiting, (entry) => ({ ...entry, error: null }))
}

/** After the first request of the queue had no answer: everything that waits is not stored, and will be sent again. */
export const afterStop = <One extends Item>(state: ReviewState<One>, error: unknown): ReviewState<One> => ({
  ...withEntries(state, idsOf(state.queue), (entry) => ({ ...entry, error })),
  stopped: error,
})

export type Refusal<One> = {
  error: unknown
  /** The items that the API would not decide about. */
  refused: string[]
  /** How items of the request are now. */
  now: One[]
  /** Items that do not exist any more. */
  gone: string[]
}

/**
 * After the API refused the first request of the queue: what it refused comes back as it is now, with its error. Later
 * decisions about the same are void, because they were made about something else. The rest of the request is sent again.
 */
export const afterRefusal = <One extends Item>(
  state: ReviewState<One>,
  { error, refused, now, gone }: Refusal<One>,
): ReviewState<One> => {
  const isLeft = ({ id }: { id: string }) => !refused.includes(id)
  const queue = state.queue.map((decisions) => decisions.filter(isLeft)).filter((decisions) => decisions.length > 0)
  const byId = new Map(now.map((item) => [item.id, item]))
  const refusedNow = withEntries(state, refused, (entry) => {
    const item = byId.get(entry.item.id) ?? entry.item
    const isGone = gone.includes(item.id)
    const isElsewhere = item.status !== entry.item.status
    return { ...entry, item, unsent: null, error, accepted: null, isGone, isElsewhere }
  })
  const next = {
    ...refusedNow,
    queue,
    stopped: null,
    history: state.history.map((ids) => ids.filter((id) => !refused.includes(id))).filter((ids) => ids.length > 0),
  }
  return state.stopped === null ? next : withEntries(next, idsOf(queue), (entry) => ({ ...entry, error: null }))
}
