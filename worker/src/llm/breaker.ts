import { LONGEST_QUOTA_REST_MS } from '../deadlines.ts'
import { isNewer, type RouteHealth } from './health/route-health.ts'
import { createSlidingWindow } from './sliding-window.ts'

/** When a breaker opens and for how long. A rest is the time for which it stays open. All times are milliseconds. */
export type BreakerSettings = {
  windowMs: number
  /** The breaker opens at this share of failures, once the window holds at least `minimumOutcomes`. */
  failureRate: number
  minimumOutcomes: number
  /** The breaker also opens after this many failures without a success between them. */
  consecutiveFailures: number
  /** Replaces `consecutiveFailures` when the failures are spread over at least the window: then requests are rare. */
  slowConsecutiveFailures: number
  /** The first rest. It doubles each time the breaker opens again without having closed, up to `longestRestMs`. */
  firstRestMs: number
  longestRestMs: number
  /** The longest rest that a hard signal can cause, so that no route is closed for good. */
  longestHardRestMs: number
  /** The share of a rest that is added at random, so that the workers of a fleet do not probe at the same time. */
  jitter: number
  /** A probe without a result after this time counts as lost, and another may be sent. */
  probeMs: number
}

/**
 * With one request per second these settings open the breaker of a route that fails one request in ten about once in
 * three years, and of a dead route after eight requests.
 */
export const defaultBreakerSettings: BreakerSettings = {
  windowMs: 30_000,
  failureRate: 0.5,
  minimumOutcomes: 20,
  consecutiveFailures: 8,
  slowConsecutiveFailures: 3,
  firstRestMs: 5_000,
  longestRestMs: 60_000,
  longestHardRestMs: LONGEST_QUOTA_REST_MS,
  jitter: 0.2,
  probeMs: 30_000,
}

/**
 * What a finished request says about its route. A hard signal, for example an exhausted quota, opens the breaker at
 * once for `restMs`. Outcomes that say nothing about the route are not reported.
 */
export type Signal = 'success' | 'failure' | { restMs: number; reason: string }

/** Whether a request may be sent. `until` is when to ask again at the latest, by the steady clock. */
export type Permit = { kind: 'pass' } | { kind: 'probe' } | { kind: 'refused'; until: number }

export type BreakerDeps = {
  /** Milliseconds of the steady clock. */
  now(): number
  /** A number in [0, 1). */
  random(): number
  /**
   * Called with every change that this worker finds, to be shared with other workers; not with states that it adopts.
   */
  onChange?(health: RouteHealth): void
}

/** The circuit breaker of one route. No caller ever waits in it, and it always lets a probe through in the end. */
export const createBreaker = (settings: BreakerSettings, deps: BreakerDeps) => {
  const { now, random } = deps
  const outcomes = createSlidingWindow(settings.windowMs, now)
  let health: RouteHealth = { state: 'closed', until: 0, reason: null, openings: 0, at: 0 }
  /** When this worker may probe: `health.until`, or a little later if another worker found that state. */
  let probeFrom = 0
  /** Outcomes of requests that were sent before this time are ignored; while the breaker is open, all outcomes are. */
  let countedFrom = Number.NEGATIVE_INFINITY
  let probing = false

  const jitterFor = (ms: number) => random() * settings.jitter * Math.min(ms, settings.longestRestMs)
  const changeTo = (next: Omit<RouteHealth, 'at'>) => {
    // The time of a change is later than that of the state it follows, even if that came from a worker whose clock is
    // ahead.
    health = { ...next, at: Math.max(now(), health.at + 1) }
    probeFrom = next.until
    deps.onChange?.(health)
  }
  const stopCounting = () => {
    probing = false
    countedFrom = Number.POSITIVE_INFINITY
  }
  const restartCounting = () => {
    probing = false
    countedFrom = now()
    outcomes.clear()
  }
  const close = () => {
    restartCounting()
    changeTo({ state: 'closed', until: 0, reason: null, openings: 0 })
  }

  const open = (restMs: number, reason: string | null) => {
    stopCounting()
    changeTo({ state: 'open', until: now() + restMs + jitterFor(restMs), reason, openings: health.openings + 1 })
  }
  const openFor = (signal: Exclude<Signal, 'success'>, reason: string | null) => {
    if (signal === 'failure')
      open(Math.min(settings.firstRestMs * 2 ** health.openings, settings.longestRestMs), reason)
    else open(signal.restMs > 0 ? Math.min(signal.restMs, settings.longestHardRestMs) : 0, signal.reason)
  }
  const hasTooManyFailures = () => {
    const { total, failed, consecutiveFailures, consecutiveMs } = outcomes.counts()
    const isSlow = consecutiveMs >= settings.windowMs
    return (
      consecutiveFailures >= (isSlow ? settings.slowConsecutiveFailures : settings.consecutiveFailures) ||
      (total >= settings.minimumOutcomes && failed >= total * settings.failureRate)
    )
  }

  return {
    /**
     * Whether a request may be sent now. A `probe` must be ended by `report` or `abandon`; until then others are
     * refused.
     */
    allowRequest: (): Permit => {
      if (health.state === 'closed') return { kind: 'pass' }
      if (now() < probeFrom) return { kind: 'refused', until: probeFrom }
      probing = true
      countedFrom = Math.min(countedFrom, now())
      changeTo({ ...health, state: 'half_open', until: now() + settings.probeMs })
      return { kind: 'probe' }
    },

    /**
     * Records the outcome of a request that was sent at `startedAt`, by the steady clock. `reason` names the class of a
     * failure.
     */
    report: (signal: Signal, reason: string | null = null, startedAt: number = now()): void => {
      if (startedAt < countedFrom) return
      if (signal === 'success' && health.state === 'half_open') close()
      else if (signal === 'success') outcomes.add(false)
      else {
        if (signal === 'failure') outcomes.add(true)
        if (health.state === 'half_open' || typeof signal === 'object' || hasTooManyFailures()) openFor(signal, reason)
      }
    },

    /** Gives a probe back that was not sent or was aborted by this worker, so that the next request may probe. */
    abandon: (): void => {
      if (!probing) return
      stopCounting()
      changeTo({ ...health, state: 'open', until: now() })
    },

    /** Ends a rest early, because its cause is gone: the next request may probe. */
    endRest: (): void => {
      if (health.state === 'open' && now() < probeFrom) changeTo({ ...health, until: now() })
    },

    /** Adopts the state that another worker found, unless the own state is newer. */
    adopt: (received: RouteHealth): void => {
      if (!isNewer(received, health)) return
      if (received.state === 'closed') {
        if (health.state !== 'closed') restartCounting()
      } else {
        // When two workers probe at the same time, the own probe may still close the breaker.
        if (received.state === 'open' || !probing) stopCounting()
        probeFrom = Math.min(received.until, now() + settings.longestHardRestMs)
        probeFrom += jitterFor(Math.max(settings.firstRestMs, received.until - received.at))
      }
      health = received
    },

    health: (): RouteHealth => health,
  }
}

export type Breaker = ReturnType<typeof createBreaker>
