import type { Clock } from '../clock.ts'
import type { Attempt, RouteLease, Watch } from './attempt.ts'
import { BudgetExceeded } from './errors/budget-exceeded.ts'
import type { Route } from './route.ts'
import { TokenBudgetExceeded } from './token-budget.ts'
import { LEFT_SILENT } from './wire/timeouts.ts'

/** An attempt whose answer is used. */
export type Winner<T> = Attempt<T> & { outcome: { ok: true; value: T; truncated: boolean } }

export type HedgedRequest<T> = {
  first: RouteLease
  send(lease: RouteLease, signal: AbortSignal, watch: Watch): Promise<Attempt<T>>
  /**
   * Acquires the lease of a further request when it is due; null when no other route than the busy ones is free.
   * `ended` are the attempts of these requests that have ended.
   */
  acquireNext(busy: readonly Route[], ended: readonly Attempt<T>[]): RouteLease | null
  /** Milliseconds without an answer after which a second request is sent; null for never. */
  hedgeMs: number | null
  /** Milliseconds without a token of a route after which another one is asked; null for never, as where no other is. */
  silenceMs: ((route: Route) => number | null) | null
  clock: Clock
  signal: AbortSignal
}

/** One of the requests. `overdue`: it has been silent for longer than its route usually is. */
type Running = { route: Route; stop: AbortController; quiet: AbortController; spoke: boolean; overdue: boolean }

// Without a reason, an abort makes an exception with its stack, which nobody reads.
const ENDED = 'ended'

const isSuccess = <T>(attempt: Attempt<T>): attempt is Winner<T> => attempt.outcome.ok

const unwatched: Watch = { onSent: () => undefined, onProgress: () => undefined }

/**
 * Sends a request, and others beside it: a second one if there is no answer after `hedgeMs`, and one more whenever the
 * newest is silent for longer than its route usually is. Of silent requests the first that speaks goes on alone, so that
 * only one long answer is paid for; an overdue one that it leaves behind ends as a timeout. The first answer wins and
 * the others are aborted; all have ended when this resolves. Throws what `send` throws, except the BudgetExceeded of a
 * further request.
 */
export const sendHedged = async <T>(
  request: HedgedRequest<T>,
): Promise<{ winner: Winner<T> | null; attempts: Attempt<T>[] }> => {
  const { first, send, acquireNext, hedgeMs, silenceMs, clock, signal } = request
  if (hedgeMs === null && silenceMs === null) {
    const attempt = await send(first, signal, unwatched)
    return { winner: isSuccess(attempt) ? attempt : null, attempts: [attempt] }
  }
  const running = new Set<Running>()
  const attempts: Attempt<T>[] = []
  let winner: Winner<T> | null = null
  let over = false

  const leave = ({ stop, overdue, spoke }: Running) => stop.abort(overdue && !spoke ? LEFT_SILENT : ENDED)
  const endAllBut = (mine: Running): void => {
    over = true
    for (const other of running) if (other !== mine) leave(other)
  }
  const speaks = (mine: Running): void => {
    if (mine.spoke) return
    mine.spoke = true
    mine.quiet.abort(ENDED)
    for (const other of running) if (!other.spoke && (other.overdue || mine.overdue)) leave(other)
  }

  /** Sends a further request, if another route is free. Resolves when it has ended, with whether it could be booked. */
  const sendNext = async (): Promise<boolean> => {
    const lease = acquireNext(
      [...running].map(({ route }) => route),
      attempts,
    )
    return lease !== null && (await run(lease))
  }
  const isStillSilent = ({ stop, quiet }: Running): boolean =>
    !over && !signal.aborted && !stop.signal.aborted && !quiet.signal.aborted
  const coverSilence = async (mine: Running): Promise<void> => {
    const afterMs = silenceMs?.(mine.route) ?? null
    if (afterMs === null) return
    // A request that is aborted ends, which wakes this.
    await clock.sleep(afterMs, mine.quiet.signal)
    if (!isStillSilent(mine)) return
    mine.overdue = true
    if ([...running].some(({ spoke }) => spoke)) return leave(mine)
    // When a further request fails, the next one follows at once.
    let booked = true
    while (booked && isStillSilent(mine)) booked = await sendNext()
  }

  const run = async (lease: RouteLease): Promise<boolean> => {
    const { route } = lease
    const [stop, quiet] = [new AbortController(), new AbortController()]
    const mine: Running = { route, stop, quiet, spoke: false, overdue: false }
    let covering: Promise<void> | undefined
    running.add(mine)
    try {
      const attempt = await send(lease, AbortSignal.any([signal, stop.signal]), {
        onSent: () => {
          covering = coverSilence(mine)
          // It is awaited below. Until then this handler prevents an unhandled rejection.
          covering.catch(() => undefined)
        },
        onProgress: () => speaks(mine),
      })
      attempts.push(attempt)
      if (!winner && isSuccess(attempt)) {
        winner = attempt
        endAllBut(mine)
      }
      return true
    } catch (error) {
      // A further request is optional, so a budget that is too small for it is the same as no free route.
      if (lease.hedge && (error instanceof BudgetExceeded || error instanceof TokenBudgetExceeded)) return false
      over = true
      for (const { stop } of running) stop.abort(ENDED)
      throw error
    } finally {
      running.delete(mine)
      quiet.abort(ENDED)
      await covering
    }
  }
  const firstEnded = new AbortController()
  const hedge = async (afterMs: number): Promise<void> => {
    await clock.sleep(afterMs, AbortSignal.any([signal, firstEnded.signal]))
    if (!over && !signal.aborted && !firstEnded.signal.aborted) await sendNext()
  }

  // When the first request fails before the second is due, `ask` goes on to the next route, so no hedge is needed.
  const runs = [run(first).finally(() => firstEnded.abort(ENDED)), ...(hedgeMs === null ? [] : [hedge(hedgeMs)])]
  const rejected = (await Promise.allSettled(runs)).find((result) => result.status === 'rejected')
  if (rejected) throw rejected.reason
  return { winner, attempts }
}
