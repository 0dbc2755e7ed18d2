import { HELD_WAIT_MS, LONGEST_DELAY_MS } from '../deadlines.ts'
import { pauseBefore } from './backoff.ts'
import { handlingOf } from './errors/failure.ts'
import type { CallFailure } from './interpret.ts'
import type { Route } from './route.ts'

/** A request that failed. */
export type Tried = { route: Route; failure: CallFailure }

/** A request that may be made now, after a pause in milliseconds. */
export type Step = { route: Route; pauseMs: number }

/** Beyond one for each route: enough to get over two transient failures. */
const spareRequests = 2

/** Of one route and run. Refused keys rest, so that more are never met but where a provider has more of them than that. */
const mostRefusals = 10

/** Routes that were not asked yet and may do better. Nobody ever waits for a switch. */
const others = (routes: readonly Route[], tried: readonly Tried[]): Step[] => {
  const rules = tried.map(({ failure }) => handlingOf(failure.class).failover)
  if (rules.includes('no') || rules.filter((rule) => rule === 'once').length > 1) return []
  const tooNarrow = tried.filter(({ failure }) => handlingOf(failure.class).failover === 'wider')
  const narrowest = Math.max(0, ...tooNarrow.map(({ route }) => route.contextTokens))
  return routes
    .filter((route) => route.contextTokens > narrowest && !tried.some((one) => one.route === route))
    .map((route) => ({ route, pauseMs: 0 }))
}

/** Routes that failed in a way that may pass soon; a pause that would hold the worker for too long is left to the queue. */
const again = (tried: readonly Tried[], random: number): Step[] => {
  if (tried.some(({ failure }) => handlingOf(failure.class).failover !== 'yes')) return []
  const last = new Map(tried.map((one) => [one.route, one.failure]))
  return [...last]
    .filter(([route, failure]) => {
      const same = tried.filter((one) => one.route === route && one.failure.class === failure.class)
      return same.length <= handlingOf(failure.class).retries
    })
    .map(([route, failure]) => ({ route, pauseMs: pauseBefore(tried.length - 1, failure.retryAfterMs, random) }))
    .filter(({ pauseMs }) => pauseMs <= HELD_WAIT_MS)
    .sort((a, b) => a.pauseMs - b.pauseMs)
}

/** The route of the last failure once more, if that was about the key. */
const withOtherKey = (tried: readonly Tried[], { route, failure }: Tried): Step[] => {
  const refusals = tried.filter((one) => one.route === route && handlingOf(one.failure.class).key)
  return handlingOf(failure.class).key && refusals.length < mostRefusals ? [{ route, pauseMs: 0 }] : []
}

/**
 * What may be tried after these failures, best first; nothing when it is over. Another key of the same provider comes before
 * another provider, and that before another try. `random` is in [0, 1).
 */
export const nextSteps = (routes: readonly Route[], tried: readonly Tried[], random: number): Step[] => {
  const last = tried.at(-1)
  if (!last) return routes.map((route) => ({ route, pauseMs: 0 }))
  const open = tried.length < routes.length + spareRequests ? again(tried, random) : []
  return [...withOtherKey(tried, last), ...others(routes, tried), ...open]
}

/** Of several failures the one that a run ends with: one that may pass, before one that will not. */
export const decisiveFailure = <T extends Tried>(tried: readonly T[]): T | undefined =>
  tried.findLast(({ failure }) => isRetryable(failure)) ?? tried.at(-1)

/** Whether the queue should try a run again that ended with this. */
export const isRetryable = (failure: CallFailure): boolean => {
  const { retryable } = handlingOf(failure.class)
  return retryable === 'hinted' ? failure.retryAfterMs !== null && failure.retryAfterMs <= LONGEST_DELAY_MS : retryable
}
