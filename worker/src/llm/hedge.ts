import type { Clock } from '../clock.ts'
import type { Attempt, RouteLease } from './attempt.ts'
import { BudgetExceeded } from './errors/budget-exceeded.ts'

/** An attempt whose answer is used. */
export type Winner<T> = Attempt<T> & { outcome: { ok: true; value: T; truncated: boolean } }

export type HedgedRequest<T> = {
  first: RouteLease
  send(lease: RouteLease, signal: AbortSignal): Promise<Attempt<T>>
  /** Acquires the lease of the second request when it is due; null when no other route is free. */
  acquireSecond(): RouteLease | null
  /** Milliseconds without an answer after which the second request is sent; null for never. */
  hedgeMs: number | null
  clock: Clock
  signal: AbortSignal
}

const isSuccess = <T>(attempt: Attempt<T>): attempt is Winner<T> => attempt.outcome.ok

/**
 * Sends a request, and a second one beside it if the first has no answer after `hedgeMs`. The first answer wins and the
 * other request is aborted; both have ended when this resolves. Throws what `send` throws, except a second request's
 * BudgetExceeded.
 */
export const sendHedged = async <T>({
  first,
  send,
  acquireSecond,
  hedgeMs,
  clock,
  signal,
}: HedgedRequest<T>): Promise<{ winner: Winner<T> | null; attempts: Attempt<T>[] }> => {
  const decided = new AbortController()
  const firstEnded = new AbortController()
  const stop = AbortSignal.any([signal, decided.signal])
  const attempts: Attempt<T>[] = []
  let winner: Winner<T> | null = null

  const run = async (lease: RouteLease): Promise<void> => {
    try {
      const attempt = await send(lease, stop)
      attempts.push(attempt)
      if (winner || !isSuccess(attempt)) return
      winner = attempt
      decided.abort()
    } catch (error) {
      // A hedge is optional, so a budget that is too small for it is the same as no hedge.
      if (lease.hedge && error instanceof BudgetExceeded) return
      decided.abort()
      throw error
    }
  }
  const runSecond = async (afterMs: number): Promise<void> => {
    await clock.sleep(afterMs, AbortSignal.any([stop, firstEnded.signal]))
    if (stop.aborted || firstEnded.signal.aborted) return
    const lease = acquireSecond()
    if (lease) await run(lease)
  }

  // When the first request fails before the second is due, `ask` goes on to the next route, so no hedge is needed.
  const runs = [run(first).finally(() => firstEnded.abort()), ...(hedgeMs === null ? [] : [runSecond(hedgeMs)])]
  const rejected = (await Promise.allSettled(runs)).find((result) => result.status === 'rejected')
  if (rejected) throw rejected.reason
  return { winner, attempts }
}
