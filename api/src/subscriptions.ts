import { createKeyedCounts } from './keyed-counts.ts'

export type Subscription = {
  /**
   * Resolves when something has changed since the last call (at once if it already has), after `ms`, or when `signal`
   * aborts.
   */
  next(ms: number, signal: AbortSignal): Promise<void>
  end(): void
}

/**
 * Subscriptions to changes of generations and connection checks, by their id. `subscribe` returns undefined when there
 * are `max` subscriptions, or `maxEach` of one person. Where no change is notified, one may have happened after
 * `unnoticedMs`.
 */
export const createSubscriptions = (max: number, maxEach: number, unnoticedMs = Number.POSITIVE_INFINITY) => {
  const waiting = new Map<string, Set<() => void>>()
  const held = createKeyedCounts()
  let size = 0

  const subscribe = (id: string, person: string): Subscription | undefined => {
    if (size >= max || held.of(person) >= maxEach) return undefined
    size++
    held.increment(person)
    let changed = false
    let wake = () => {}
    const tell = () => {
      changed = true
      wake()
    }
    const those = waiting.get(id) ?? new Set()
    waiting.set(id, those.add(tell))

    return {
      next: (ms, signal) => {
        const { promise, resolve } = Promise.withResolvers<void>()
        const timer = setTimeout(resolve, Math.min(ms, unnoticedMs))
        const tellEnd = () => resolve()
        wake = tellEnd
        signal.addEventListener('abort', tellEnd)
        if (changed || signal.aborted) resolve()
        return promise.finally(() => {
          changed = false
          clearTimeout(timer)
          signal.removeEventListener('abort', tellEnd)
        })
      },
      end: () => {
        size--
        held.decrement(person)
        those.delete(tell)
        if (those.size === 0) waiting.delete(id)
      },
    }
  }

  return {
    subscribe,
    changed: (ids: Iterable<string>): void => {
      for (const id of ids) for (const tell of waiting.get(id) ?? []) tell()
    },
    /** Notifies every subscription, because notifications were lost. */
    changedAll: (): void => {
      for (const those of waiting.values()) for (const tell of those) tell()
    },
  }
}

export type Subscriptions = ReturnType<typeof createSubscriptions>
