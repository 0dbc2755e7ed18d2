import { type Attempt, makeAttempt, type Way } from './attempt.ts'
import type { Clock } from './clock.ts'
import type { Failure, Timing } from './failure.ts'
import { decisive, isRetryable, stepsAfter } from './next-step.ts'
import { race } from './race.ts'
import type { Answer, Question } from './request.ts'
import type { Route } from './route.ts'
import type { Switchboard } from './switchboard.ts'

export type AskDeps = {
  switchboard: Pick<Switchboard, 'admit' | 'settle'>
  clock: Clock
  /** In [0, 1). */
  random: () => number
  /** After so many milliseconds without an answer a second route is asked too; null for never. */
  hedgeMs: number | null
}

type Failed<T> = Attempt<T> & { fault: Extract<Attempt<T>['outcome'], { ok: false }> }

const failedOf = <T>(attempt: Attempt<T>): Failed<T>[] =>
  attempt.outcome.ok || attempt.outcome.class === 'aborted' ? [] : [{ ...attempt, fault: attempt.outcome }]

/**
 * Asks for one answer, at the routes in their order. A failure that another route may not share is followed by that route's
 * request at once; a pause is made only before the same route is asked again, and one that would hold the worker for more than
 * HELD_WAIT_MS is left to the queue: the failure is returned with the wait. What a provider does is a value; throws what the
 * journal or `parse` throws.
 */
export const createAsk = ({ switchboard, clock, random, hedgeMs }: AskDeps) => {
  const send = async <T>(way: Way, question: Question<T>, signal: AbortSignal): Promise<Attempt<T>> => {
    let attempt: Attempt<T> | null = null
    try {
      attempt = await makeAttempt(way, question, clock.now, signal)
      return attempt
    } finally {
      switchboard.settle(way, attempt)
    }
  }

  return async <T>(routes: readonly Route[], question: Question<T>, signal: AbortSignal): Promise<Answer<T>> => {
    const startedAt = clock.now()
    const failed: Failed<T>[] = []
    let requests = 0
    const timing = (last: Attempt<T> | null): Timing => ({
      requests,
      latencyMs: last?.latencyMs ?? 0,
      firstTokenMs: last?.firstTokenMs ?? null,
      totalMs: clock.now() - startedAt,
    })
    const failure = (told: Omit<Failure, 'timing'>, last: Attempt<T> | null): Answer<T> => ({
      ok: false,
      failure: { ...told, timing: timing(last) },
    })
    const nothing = { provider: null, httpStatus: null, providerRequestId: null, responseExcerpt: null }

    /** The first of these routes that is free, or when the first of them will be. */
    const choose = (candidates: readonly { route: Route; pauseMs: number }[]) => {
      let until = Number.POSITIVE_INFINITY
      for (const { route, pauseMs } of candidates) {
        const admitted = switchboard.admit(route)
        if (admitted.ok) return { ok: true as const, way: admitted.way, pauseMs }
        until = Math.min(until, admitted.until)
      }
      return { ok: false as const, until }
    }

    /** Another route beside those under way, for a hedge. */
    const beside = (busy: Route): Way | null => {
      const steps = stepsAfter(routes, failed, random()).filter(({ route, pauseMs }) => route !== busy && pauseMs === 0)
      const found = choose(steps)
      return found.ok ? { ...found.way, hedge: true } : null
    }

    while (!signal.aborted) {
      const found = choose(stepsAfter(routes, failed, random()))
      if (!found.ok) {
        const told = decisive(failed)
        if (!told) {
          const retryAfterMs = Number.isFinite(found.until) ? Math.max(0, found.until - clock.now()) : null
          return failure({ ...nothing, class: 'no_route_available', retryable: true, retryAfterMs }, null)
        }
        const { fault, route, httpStatus, providerRequestId, excerpt } = told
        const known = { provider: route.provider, httpStatus, providerRequestId, responseExcerpt: excerpt }
        const { class: kind, retryAfterMs } = fault
        return failure({ ...known, class: kind, retryable: isRetryable(fault), retryAfterMs }, told)
      }
      if (found.pauseMs > 0) await clock.sleep(found.pauseMs, signal)
      if (signal.aborted) {
        switchboard.settle(found.way, null)
        break
      }
      const { winner, attempts } = await race({
        first: { ...found.way, hedge: false },
        send: (way, stop) => send(way, question, stop),
        second: () => beside(found.way.route),
        hedgeMs,
        clock,
        signal,
      })
      requests += attempts.length
      failed.push(...attempts.flatMap(failedOf))
      if (!winner) continue
      const { route, modelServed, providerRequestId, usage } = winner
      const { value, truncated } = winner.outcome
      return { ok: true, value, truncated, modelServed, route, providerRequestId, usage, timing: timing(winner) }
    }
    return failure({ ...nothing, class: 'aborted', retryable: true, retryAfterMs: null }, null)
  }
}

export type Ask = ReturnType<typeof createAsk>
