import type { Clock } from '../clock.ts'
import type { Attempt, RouteLease } from './attempt.ts'
import { BudgetExceeded } from './errors/budget-exceeded.ts'

/** The request that answered. */
export type Winner<T> = Attempt<T> & { outcome: { ok: true; value: T; truncated: boolean } }

export type HedgedRequest<T> = {
  first: RouteLease
  send(lease: RouteLease, signal: AbortSignal): Promise<Attempt<T>>
  /** The way of the hedge, asked for only once its time has come; null when there is none. */
  second(): RouteLease | null
  hedgeMs: number | null
  clock: Clock
  signal: AbortSignal
}

const isWon = <T>(attempt: Attempt<T>): attempt is Winner<T> => attempt.outcome.ok

/**
 * One request, and beside it a second one if the first has given no answer after `hedgeMs`. The first answer wins and the other
 * request is aborted; both are over, and on record with their cost, when this resolves.
 */
export const sendHedged = async <T>({
  first,
  send,
  second,
  hedgeMs,
  clock,
  signal,
}: HedgedRequest<T>): Promise<{ winner: Winner<T> | null; attempts: Attempt<T>[] }> => {
  const won = new AbortController()
  const over = new AbortController()
  const stop = AbortSignal.any([signal, won.signal])
  const attempts: Attempt<T>[] = []
  let winner: Winner<T> | null = null

  const run = async (lease: RouteLease): Promise<void> => {
    try {
      const attempt = await send(lease, stop)
      attempts.push(attempt)
      if (winner || !isWon(attempt)) return
      winner = attempt
      won.abort()
    } catch (error) {
      // A hedge is a luxury: without the money for it, it is as if there had been none.
      if (lease.hedge && error instanceof BudgetExceeded) return
      won.abort()
      throw error
    }
  }
  const hedge = async (afterMs: number): Promise<void> => {
    await clock.sleep(afterMs, AbortSignal.any([stop, over.signal]))
    if (stop.aborted || over.signal.aborted) return
    const lease = second()
    if (lease) await run(lease)
  }

  // A first request that fails before its hedge is due is followed by the next route anyway.
  const runs = [run(first).finally(() => over.abort()), ...(hedgeMs === null ? [] : [hedge(hedgeMs)])]
  const broken = (await Promise.allSettled(runs)).find((one) => one.status === 'rejected')
  if (broken) throw broken.reason
  return { winner, attempts }
}
