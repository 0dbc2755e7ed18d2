import { isRectoError } from '@recto/client'
import { afterRefusal, afterStop, afterStored } from './after-answer.ts'
import type { Decision, Item } from './entry.ts'
import type { ReviewState } from './review-state.ts'

/** When a request that had no answer is sent again, in milliseconds. */
const AGAIN_MS = 3_000

export type ReviewApi<One extends Item> = {
  /** Carries out decisions, all or none. */
  review(decisions: Decision[]): Promise<One[]>
  /** The items of a generation as they are now; none when it was deleted. */
  items(generationId: string): Promise<One[]>
  /** Keeps what is not stored yet, for a tab that is reloaded or signed in again. */
  keep(queue: Decision[][]): void
}

export type ReviewStore<One extends Item> = ReturnType<typeof createStore<One>>

const isDenied = (status: number): boolean => status >= 400 && status < 500 && ![401, 408, 429].includes(status)

/**
 * The items that the API will not decide about, however often it is asked: those that it names, or else all of the
 * request. Null when the same request may succeed later.
 */
export const refusedBy = (error: unknown, decisions: Decision[]): string[] | null => {
  if (!isRectoError(error) || !('problem' in error) || !isDenied(error.status)) return null
  const named = (error.problem.errors ?? []).flatMap(({ path }) => {
    const index = /^decisions\.(\d+)\./.exec(path)?.[1]
    return index === undefined ? [] : (decisions[Number(index)]?.id ?? [])
  })
  return named.length > 0 ? named : decisions.map(({ id }) => id)
}

/**
 * The state of a review, outside of the page: each decision is shown at once, and stored behind it, one request after
 * another. Goes on when the view is left, and keeps the tab from being closed meanwhile.
 */
export const createStore = <One extends Item>(first: ReviewState<One>, api: ReviewApi<One>) => {
  let state = first
  let isSending = false
  let isEnded = false
  let wake = () => {}
  let onTrouble: (() => void) | null = null
  const listeners = new Set<() => void>()
  const warn = (event: BeforeUnloadEvent) => event.preventDefault()

  const set = (next: ReviewState<One>): void => {
    if (next === state) return
    if (next.queue !== state.queue && !isEnded) api.keep(next.queue)
    state = next
    for (const listener of listeners) listener()
    begin()
  }

  const begin = (): void => {
    if (state.queue.length > 0 && !isEnded) addEventListener('beforeunload', warn)
    else removeEventListener('beforeunload', warn)
    void send()
  }

  const again = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, AGAIN_MS)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  /** How the refused items are now. When that cannot be read either, they stay as they were known. */
  const refuse = async (error: unknown, refused: string[]): Promise<void> => {
    const about = refused.flatMap((id) => state.entries[id]?.item ?? [])
    const generations = [...new Set(about.map(({ generation_id }) => generation_id))]
    const read = await Promise.all(generations.map(api.items)).catch(() => null)
    const now = (read ?? []).flat()
    const isThere = new Set(now.map(({ id }) => id))
    const gone = read === null ? [] : refused.filter((id) => !isThere.has(id))
    set(afterRefusal(state, { error, refused, now, gone }))
    onTrouble?.()
  }

  const sendFirst = async (decisions: Decision[]): Promise<void> => {
    try {
      const answers = await api.review(decisions)
      // The person may have decided more meanwhile.
      set(afterStored(state, answers))
    } catch (error) {
      const refused = refusedBy(error, decisions)
      if (refused !== null) return refuse(error, refused)
      if (state.stopped === null) onTrouble?.()
      set(afterStop(state, error))
      await again()
    }
  }

  const send = async (): Promise<void> => {
    if (isSending) return
    isSending = true
    for (let next = state.queue[0]; next !== undefined && !isEnded; next = state.queue[0]) await sendFirst(next)
    isSending = false
  }

  begin()
  return {
    state: (): ReviewState<One> => state,
    subscribe: (changed: () => void) => {
      listeners.add(changed)
      return () => void listeners.delete(changed)
    },
    /** Changes the state, and sends what is decided by that. */
    apply: (change: (state: ReviewState<One>) => ReviewState<One>): void => set(change(state)),
    /** Sends what waits now. */
    retry: (): void => wake(),
    /** Whether nothing would be lost without this store. */
    isSettled: (): boolean =>
      state.queue.length === 0 && Object.values(state.entries).every(({ error }) => error === null),
    /** Calls a function when a decision could not be stored: the view does, while it is not shown. */
    watch: (watching: (() => void) | null): void => {
      onTrouble = watching
    },
    /** The person has signed out: nothing is sent in their name any more. */
    end: (): void => {
      isEnded = true
      removeEventListener('beforeunload', warn)
      wake()
    },
  }
}
