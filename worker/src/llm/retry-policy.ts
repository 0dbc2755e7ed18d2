import { HELD_WAIT_MS, LONGEST_DELAY_MS, RETRY_BACKOFF_MS } from '../deadlines.ts'
import {
  handlingOf,
  isKeyProblem,
  mostCallsOfLoneRoute,
  mostUnusableAnswers,
  repeatedClasses,
} from './errors/failure.ts'
import type { CallFailure } from './interpret.ts'
import type { Route } from './route.ts'

// This file decides whether a failed call is tried again, on which route, and after which pause: pure functions over
// the table of failure classes in `errors/failure.ts`. `ask.ts` carries out the decisions, as far as `route-pool.ts` has
// the routes and keys free. Whether the whole job runs again is decided in `generation/decide.ts`, by `isRetryable`.

export type FailedCall = { route: Route; failure: CallFailure }

/** A request that may be sent next, after a pause of `pauseMs` milliseconds. */
export type NextCall = { route: Route; pauseMs: number }

/**
 * A route is asked again only while fewer calls of the run have failed than it has routes plus this number: enough to
 * survive two transient failures.
 */
const extraCalls = 2

/**
 * How many calls of one run and route may fail because of a key. Each failure lets one key rest, so only a provider with
 * more keys than this can reach the limit.
 */
const maxKeyFailures = 10

/**
 * The pause in milliseconds before a route is asked again. The provider's hint is kept in full, plus up to 20 % jitter.
 * Without a hint the pause is 0.5 s, doubled for each of the `earlierFailures` that the run had before the last one, and
 * shortened by up to 50 % jitter. `random` is in [0, 1).
 */
export const retryPauseMs = (earlierFailures: number, hintMs: number | null, random: number): number =>
  hintMs ? hintMs * (1 + 0.2 * random) : RETRY_BACKOFF_MS * 2 ** earlierFailures * (1 - 0.5 * random)

/**
 * Calls to routes that have not been tried in this run, without a pause; empty when a failure forbids a change of
 * route.
 */
const callsToOtherRoutes = (routes: readonly Route[], failed: readonly FailedCall[]): NextCall[] => {
  const rules = failed.map(({ failure }) => handlingOf(failure.class).failover)
  if (rules.includes('no') || rules.filter((rule) => rule === 'once').length > 1) return []
  const tooNarrow = failed.filter(({ failure }) => handlingOf(failure.class).failover === 'wider')
  const insufficientTokens = Math.max(0, ...tooNarrow.map(({ route }) => route.contextTokens))
  return routes
    .filter((route) => route.contextTokens > insufficientTokens && !failed.some((call) => call.route === route))
    .map((route) => ({ route, pauseMs: 0 }))
}

/**
 * Calls to routes that have failed in a way that may pass soon, shortest pause first, and of equal pauses the route first
 * that failed longest ago. None when the text itself may have caused one of the failures, because it would fail again. A
 * pause longer than HELD_WAIT_MS is left to the queue, because it would occupy the worker.
 */
const callsToSameRoutes = (failed: readonly FailedCall[], random: number): NextCall[] => {
  if (failed.some(({ failure }) => handlingOf(failure.class).failover !== 'yes')) return []
  const lastFailures = new Map(failed.map((call) => [call.route, call.failure]))
  const lastFailed = (route: Route): number => failed.findLastIndex((call) => call.route === route)
  return [...lastFailures]
    .filter(([route, failure]) => {
      const alike = failed.filter((call) => call.route === route && call.failure.class === failure.class)
      return alike.length <= handlingOf(failure.class).retries
    })
    .map(([route, failure]) => ({ route, pauseMs: retryPauseMs(failed.length - 1, failure.retryAfterMs, random) }))
    .filter(({ pauseMs }) => pauseMs <= HELD_WAIT_MS)
    .sort((a, b) => a.pauseMs - b.pauseMs || lastFailed(a.route) - lastFailed(b.route))
}

/**
 * A call to the route of the last failure, if its key caused that failure. That key rests by now, so the route pool gives
 * the call another one.
 */
const callWithOtherKey = (failed: readonly FailedCall[], { route, failure }: FailedCall): NextCall[] => {
  const keyFailures = failed.filter((call) => call.route === route && isKeyProblem(call.failure))
  return isKeyProblem(failure) && keyFailures.length < maxKeyFailures ? [{ route, pauseMs: 0 }] : []
}

const isUnusable = ({ failure }: FailedCall): boolean => handlingOf(failure.class).unusable === true

/**
 * How many more calls of a generation may end with an answer that cannot be used. `before` is how many have in earlier
 * deliveries.
 */
export const unusableAnswersLeft = (failed: readonly FailedCall[], before: number): number =>
  Math.max(0, mostUnusableAnswers - before - failed.filter(isUnusable).length)

/**
 * Whether a generation that has one route may not ask it again: over all deliveries it has made as many calls as it may.
 * `before` is how many calls of earlier deliveries failed. The first call of a delivery is always allowed, because a
 * delivery that follows the death of a worker has to learn how the generation ends.
 */
export const isLoneRouteUsedUp = (routes: readonly Route[], failed: readonly FailedCall[], before: number): boolean => {
  const repeated = failed.filter(({ failure }) => repeatedClasses.includes(failure.class))
  return routes.length === 1 && repeated.length > 0 && before + repeated.length >= mostCallsOfLoneRoute
}

/**
 * The calls that may follow the failed calls of a run, best first; empty when the run is over. Another key of the same
 * provider comes first, then other routes, then the same routes again after a pause. `random` is in [0, 1);
 * `unusableBefore` is how many answers of earlier deliveries could not be used, `failedBefore` how many of their calls
 * failed.
 */
export const nextCalls = (
  routes: readonly Route[],
  failed: readonly FailedCall[],
  random: number,
  unusableBefore = 0,
  failedBefore = 0,
): NextCall[] => {
  if (unusableAnswersLeft(failed, unusableBefore) === 0) return []
  if (isLoneRouteUsedUp(routes, failed, failedBefore)) return []
  const last = failed.at(-1)
  if (!last) return routes.map((route) => ({ route, pauseMs: 0 }))
  const retries = failed.length < routes.length + extraCalls ? callsToSameRoutes(failed, random) : []
  return [...callWithOtherKey(failed, last), ...callsToOtherRoutes(routes, failed), ...retries]
}

/** The failure that a run reports: the last one that may pass with time, or else the last one. */
export const decisiveFailure = <T extends FailedCall>(failed: readonly T[]): T | undefined =>
  failed.findLast(({ failure }) => isRetryable(failure)) ?? failed.at(-1)

/** The last failed call whose answer could not be used. */
export const lastUnusable = <T extends FailedCall>(failed: readonly T[]): T | undefined => failed.findLast(isUnusable)

/** Whether the queue should run the whole job again later when its run ended with this failure. */
export const isRetryable = (failure: CallFailure): boolean => {
  const { retryable } = handlingOf(failure.class)
  return retryable === 'hinted' ? failure.retryAfterMs !== null && failure.retryAfterMs <= LONGEST_DELAY_MS : retryable
}
