import type { Clock } from '../clock.ts'
import { type Attempt, makeAttempt, type RouteLease, type Watch } from './attempt.ts'
import { BudgetExceeded } from './errors/budget-exceeded.ts'
import { type Failure, isKeyProblem, type Timing } from './errors/failure.ts'
import { sendHedged, type Winner } from './hedge.ts'
import type { CallFailure } from './interpret.ts'
import type { Refusal } from './keys/key-ring.ts'
import { reservationOf } from './max-cost.ts'
import type { Answer, AskedQuestion, ChatRequest } from './request.ts'
import { timesOf } from './request-times.ts'
import {
  decisiveFailure,
  isLoneRouteUsedUp,
  isRetryable,
  lastUnusable,
  type NextCall,
  nextCalls,
  unusableAnswersLeft,
} from './retry-policy.ts'
import type { Route } from './route.ts'
import type { RoutePool } from './route-pool.ts'
import { TokenBudgetExceeded } from './token-budget.ts'

export type AskDeps = {
  routePool: Pick<RoutePool, 'acquire' | 'release' | 'refusalOf' | 'silenceMs'>
  clock: Clock
  /** A number in [0, 1). */
  random: () => number
  /** Milliseconds without an answer after which a second route is asked too; null for never. */
  hedgeMs: number | null
  /** Is told how long each failover to another route took. */
  onFailover?(ms: number): void
}

type FailedAttempt<T> = Attempt<T> & { failure: CallFailure }
type UntimedFailure = Omit<Failure, 'timing'>

const wasSent = <T>({ outcome }: Attempt<T>): boolean => outcome.ok || outcome.class !== 'not_sent'

/** [attempt] when the attempt failed, [] when it succeeded, was aborted or was not sent. */
const failedAttempts = <T>(attempt: Attempt<T>): FailedAttempt<T>[] => {
  const { outcome } = attempt
  return outcome.ok || outcome.class === 'aborted' || outcome.class === 'not_sent'
    ? []
    : [{ ...attempt, failure: outcome }]
}

const nothingSent = { provider: null, httpStatus: null, providerRequestId: null, responseExcerpt: null }

const detailsOf = <T>({ failure, route, httpStatus, providerRequestId, excerpt }: FailedAttempt<T>) => ({
  class: failure.class,
  retryAfterMs: failure.retryAfterMs,
  provider: route.provider,
  httpStatus,
  providerRequestId,
  responseExcerpt: excerpt,
})

/**
 * The failure of a run that has no call left to try. `freeAt` is when the first of its routes becomes free, by the steady
 * clock.
 */
const failureOfRun = <T>(failed: readonly FailedAttempt<T>[], freeAt: number, now: number): UntimedFailure => {
  const decisive = decisiveFailure(failed)
  if (!decisive) {
    const retryAfterMs = Number.isFinite(freeAt) ? Math.max(0, freeAt - now) : null
    return { ...nothingSent, class: 'no_route_available', retryable: true, retryAfterMs }
  }
  return { ...detailsOf(decisive), retryable: isRetryable(decisive.failure) }
}

/**
 * How all routes of a run refuse their keys; null when one of them may serve the run now or later. Of several ways `auth`
 * is reported, because a key that is not accepted needs an operator.
 */
const refusalOfAll = (refusals: readonly (Refusal | null)[]): Refusal | null => {
  if (refusals.length === 0 || refusals.includes(null)) return null
  return refusals.includes('auth') ? 'auth' : 'provider_credit_exhausted'
}

/** The failure of a run of which every key is refused. Waiting would not help: an operator has to act. */
const failureOfRefusal = <T>(failed: readonly FailedAttempt<T>[], refusal: Refusal): UntimedFailure => {
  const last = failed.findLast(({ failure }) => failure.class === refusal)
  const details = last ? detailsOf(last) : { ...nothingSent, retryAfterMs: null }
  return { ...details, class: refusal, retryable: false }
}

/** The failure of a run whose generation has got as many answers that cannot be used as it may pay for. */
const failureOfUnusable = <T>(failed: readonly FailedAttempt<T>[]): UntimedFailure => {
  const last = lastUnusable(failed)
  const details = last ? detailsOf(last) : { ...nothingSent, class: 'malformed_response' as const, retryAfterMs: null }
  return { ...details, retryable: false }
}

/**
 * The routes at which a request reserves less than the budget, of money or of tokens, has just denied for good.
 * @throws the error, when it is another one, when running calls may turn out cheaper, and when no cheaper route is left
 */
const affordable = (routes: readonly Route[], request: ChatRequest, error: unknown): Route[] => {
  if (error instanceof TokenBudgetExceeded) {
    const smaller = routes.filter(({ thinkingTokens }) => thinkingTokens < error.thinkingTokens)
    if (smaller.length === 0) throw error
    return smaller
  }
  if (!(error instanceof BudgetExceeded && error.final)) throw error
  const cheaper = routes.filter((route) => Number(reservationOf(request, route)) < Number(error.neededUsd))
  if (cheaper.length === 0) throw error
  return cheaper
}

/**
 * Creates `ask`, which sends a question to routes in order until one answers; `retry-policy.ts` decides what follows a
 * failure. Every request is recorded when it resolves. A provider's failure is a value; `ask` throws only what the
 * recorder or `parse` throws.
 */
export const createAsk = ({ routePool, clock, random, hedgeMs, onFailover }: AskDeps) => {
  const send = async <T>(
    lease: RouteLease,
    question: AskedQuestion<T>,
    signal: AbortSignal,
    watch: Watch,
  ): Promise<Attempt<T>> => {
    let attempt: Attempt<T> | null = null
    try {
      attempt = await makeAttempt(lease, question, clock, signal, watch)
      return attempt
    } finally {
      routePool.release(lease, attempt)
    }
  }

  /** A lease for the first call whose route is free, or the steady time when the first route becomes free. */
  const acquireFirstFree = (calls: readonly NextCall[]) => {
    let freeAt = Number.POSITIVE_INFINITY
    for (const { route, pauseMs } of calls) {
      const acquired = routePool.acquire(route)
      if (acquired.ok) return { ok: true as const, lease: acquired.lease, pauseMs }
      freeAt = Math.min(freeAt, acquired.until)
    }
    return { ok: false as const, freeAt }
  }

  /** Sends requests until one answers or none may follow, and adds each of them to `attempts`. */
  const askUntilAnswered = async <T>(
    wanted: readonly Route[],
    question: AskedQuestion<T>,
    attempts: Attempt<T>[],
    signal: AbortSignal,
  ): Promise<Winner<T> | UntimedFailure> => {
    const failed: FailedAttempt<T>[] = []
    const { unusableBefore, failedBefore } = question
    let routes = wanted
    const next = (calls: FailedAttempt<T>[]) => nextCalls(routes, calls, random(), unusableBefore, failedBefore)
    /**
     * A lease of another route than the busy ones, for a further request beside theirs. Two answers may be unusable then.
     */
    const acquireHedge = (busy: readonly Route[], ended: readonly Attempt<T>[]): RouteLease | null => {
      const known = [...failed, ...ended.flatMap(failedAttempts)]
      if (unusableAnswersLeft(known, unusableBefore) < 2) return null
      const calls = next(known).filter(({ route, pauseMs }) => !busy.includes(route) && pauseMs === 0)
      const found = acquireFirstFree(calls)
      return found.ok ? { ...found.lease, hedge: true } : null
    }

    while (!signal.aborted) {
      if (unusableAnswersLeft(failed, unusableBefore) === 0) return failureOfUnusable(failed)
      const found = acquireFirstFree(next(failed))
      if (!found.ok) {
        const decisive = decisiveFailure(failed)
        const refusal = refusalOfAll(routes.map(routePool.refusalOf))
        // Keys may have been refused for other runs only, while this one failed for a reason of its own.
        if (refusal && (!decisive || isKeyProblem(decisive.failure))) return failureOfRefusal(failed, refusal)
        const failure = failureOfRun(failed, found.freeAt, clock.steady())
        return isLoneRouteUsedUp(routes, failed, failedBefore) ? { ...failure, retryable: false } : failure
      }
      if (found.pauseMs > 0) await clock.sleep(found.pauseMs, signal)
      if (signal.aborted) {
        routePool.release(found.lease, null)
        break
      }
      const sent = await sendHedged({
        first: { ...found.lease, hedge: false },
        send: (lease, stop, watch) => send(lease, question, stop, watch),
        acquireNext: acquireHedge,
        hedgeMs,
        silenceMs: routes.length > 1 ? routePool.silenceMs : null,
        clock,
        signal,
      }).catch((error: unknown) => {
        routes = affordable(routes, question.request, error)
        return null
      })
      if (!sent) continue
      attempts.push(...sent.attempts)
      if (sent.winner) return sent.winner
      failed.push(...sent.attempts.flatMap(failedAttempts))
    }
    return { ...nothingSent, class: 'aborted', retryable: true, retryAfterMs: null }
  }

  return async <T>(routes: readonly Route[], question: AskedQuestion<T>, signal: AbortSignal): Promise<Answer<T>> => {
    const startedAt = clock.steady()
    const attempts: Attempt<T>[] = []
    const end = await askUntilAnswered(routes, question, attempts, signal).catch(async (error: unknown) => {
      // All requests are recorded before the error reaches the caller, which decides about the run by what it has cost.
      await Promise.allSettled(attempts.map(({ recorded }) => recorded))
      throw error
    })
    const sent = attempts.filter(wasSent)
    const { modelMs, failoversMs } = timesOf(sent)
    for (const ms of failoversMs) onFailover?.(ms)
    const last = 'outcome' in end ? end : sent.at(-1)
    const timing: Timing = {
      requests: sent.length,
      latencyMs: last?.latencyMs ?? null,
      firstTokenMs: last?.firstTokenMs ?? null,
      totalMs: clock.steady() - startedAt,
    }
    await Promise.all(attempts.map(({ recorded }) => recorded))
    if (!('outcome' in end)) return { ok: false, failure: { ...end, timing } }
    const { route, modelServed, httpStatus, providerRequestId, usage } = end
    const { value, truncated } = end.outcome
    const served = { modelServed, route, httpStatus, providerRequestId, usage }
    return { ok: true, value, truncated, ...served, timing: { ...timing, latencyMs: end.latencyMs }, modelMs }
  }
}

export type Ask = ReturnType<typeof createAsk>
