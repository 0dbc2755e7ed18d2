import type { Clock } from '../clock.ts'
import { type Attempt, makeAttempt, type RouteLease } from './attempt.ts'
import type { Failure, Timing } from './errors/failure.ts'
import { sendHedged, type Winner } from './hedge.ts'
import type { Answer, Question } from './request.ts'
import { decisiveFailure, isRetryable, nextSteps, type Step } from './retry-policy.ts'
import type { Route } from './route.ts'
import type { RoutePool } from './route-pool.ts'

export type AskDeps = {
  routePool: Pick<RoutePool, 'acquire' | 'release'>
  clock: Clock
  /** In [0, 1). */
  random: () => number
  /** After so many milliseconds without an answer a second route is asked too; null for never. */
  hedgeMs: number | null
}

type Failed<T> = Attempt<T> & { failure: Extract<Attempt<T>['outcome'], { ok: false }> }

const failedOf = <T>(attempt: Attempt<T>): Failed<T>[] =>
  attempt.outcome.ok || attempt.outcome.class === 'aborted' ? [] : [{ ...attempt, failure: attempt.outcome }]

const nothingSent = { provider: null, httpStatus: null, providerRequestId: null, responseExcerpt: null }

/** What a run ends with when nothing more can be tried: `tried` so far, `until` the first of the routes is free (epoch ms). */
const endOf = <T>(tried: readonly Failed<T>[], until: number, now: number): Omit<Failure, 'timing'> => {
  const told = decisiveFailure(tried)
  if (!told) {
    const retryAfterMs = Number.isFinite(until) ? Math.max(0, until - now) : null
    return { ...nothingSent, class: 'no_route_available', retryable: true, retryAfterMs }
  }
  const { failure, route, httpStatus, providerRequestId, excerpt } = told
  return {
    class: failure.class,
    retryable: isRetryable(failure),
    retryAfterMs: failure.retryAfterMs,
    provider: route.provider,
    httpStatus,
    providerRequestId,
    responseExcerpt: excerpt,
  }
}

/**
 * Asks for one answer, at the routes in their order. A failure that another route may not share is followed by that route's
 * request at once; a pause is made only before the same route is asked again, and one that would hold the worker for more than
 * HELD_WAIT_MS is left to the queue: the failure is returned with the wait. When it resolves, every request is on record.
 * What a provider does is a value; throws what the journal or `parse` throws.
 */
export const createAsk = ({ routePool, clock, random, hedgeMs }: AskDeps) => {
  const send = async <T>(lease: RouteLease, question: Question<T>, signal: AbortSignal): Promise<Attempt<T>> => {
    let attempt: Attempt<T> | null = null
    try {
      attempt = await makeAttempt(lease, question, clock.now, signal)
      return attempt
    } finally {
      routePool.release(lease, attempt)
    }
  }

  /** The first of these routes that is free, or when the first of them will be. */
  const choose = (steps: readonly Step[]) => {
    let until = Number.POSITIVE_INFINITY
    for (const { route, pauseMs } of steps) {
      const acquired = routePool.acquire(route)
      if (acquired.ok) return { ok: true as const, lease: acquired.lease, pauseMs }
      until = Math.min(until, acquired.until)
    }
    return { ok: false as const, until }
  }

  /** Adds each request that it makes to `attempts`. */
  const pursue = async <T>(
    routes: readonly Route[],
    question: Question<T>,
    attempts: Attempt<T>[],
    signal: AbortSignal,
  ): Promise<Winner<T> | Omit<Failure, 'timing'>> => {
    const tried: Failed<T>[] = []
    /** Another route beside the one under way, for a hedge. */
    const beside = (busy: Route): RouteLease | null => {
      const steps = nextSteps(routes, tried, random()).filter(({ route, pauseMs }) => route !== busy && pauseMs === 0)
      const found = choose(steps)
      return found.ok ? { ...found.lease, hedge: true } : null
    }

    while (!signal.aborted) {
      const found = choose(nextSteps(routes, tried, random()))
      if (!found.ok) return endOf(tried, found.until, clock.now())
      if (found.pauseMs > 0) await clock.sleep(found.pauseMs, signal)
      if (signal.aborted) {
        routePool.release(found.lease, null)
        break
      }
      const raced = await sendHedged({
        first: { ...found.lease, hedge: false },
        send: (lease, stop) => send(lease, question, stop),
        second: () => beside(found.lease.route),
        hedgeMs,
        clock,
        signal,
      })
      attempts.push(...raced.attempts)
      if (raced.winner) return raced.winner
      tried.push(...raced.attempts.flatMap(failedOf))
    }
    return { ...nothingSent, class: 'aborted', retryable: true, retryAfterMs: null }
  }

  return async <T>(routes: readonly Route[], question: Question<T>, signal: AbortSignal): Promise<Answer<T>> => {
    const startedAt = clock.now()
    const attempts: Attempt<T>[] = []
    const end = await pursue(routes, question, attempts, signal).catch(async (error: unknown) => {
      // What was spent until then is on record before anybody decides what becomes of the run.
      await Promise.allSettled(attempts.map(({ recorded }) => recorded))
      throw error
    })
    const last = 'outcome' in end ? end : attempts.at(-1)
    const timing: Timing = {
      requests: attempts.length,
      latencyMs: last?.latencyMs ?? 0,
      firstTokenMs: last?.firstTokenMs ?? null,
      totalMs: clock.now() - startedAt,
    }
    await Promise.all(attempts.map(({ recorded }) => recorded))
    if (!('outcome' in end)) return { ok: false, failure: { ...end, timing } }
    const { route, modelServed, providerRequestId, usage } = end
    const { value, truncated } = end.outcome
    return { ok: true, value, truncated, modelServed, route, providerRequestId, usage, timing }
  }
}

export type Ask = ReturnType<typeof createAsk>
