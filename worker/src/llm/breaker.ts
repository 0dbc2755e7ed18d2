import { isNewer, type RouteHealth } from './health/route-health.ts'
import { createSlidingWindow } from './sliding-window.ts'

/** Times in milliseconds. */
export type BreakerSettings = {
  windowMs: number
  /** Opens at `failureRate` once the window holds so many outcomes, */
  minimumOutcomes: number
  failureRate: number
  /** and at so many failures without a success between; */
  failuresInARow: number
  /** where requests are rare, at so many that took the whole window. */
  slowFailuresInARow: number
  /** Doubles with each opening in a row, up to `longestRestMs`. */
  firstRestMs: number
  longestRestMs: number
  /** Beyond this no hard signal is believed: no route is closed for good. */
  longestHardRestMs: number
  /** Share of a rest that chance adds, so that a fleet does not probe together. */
  jitter: number
  /** A probe that was not ended until then counts as lost. */
  probeMs: number
}

/** A route that fails one request in ten, asked once a second, opens once in three years; a dead one after eight requests. */
export const usualBreaker: BreakerSettings = {
  windowMs: 30_000,
  minimumOutcomes: 20,
  failureRate: 0.5,
  failuresInARow: 8,
  slowFailuresInARow: 3,
  firstRestMs: 5_000,
  longestRestMs: 60_000,
  longestHardRestMs: 86_400_000,
  jitter: 0.2,
  probeMs: 30_000,
}

/** `rest` (ms) is a hard signal, such as no credit: it opens at once, for so long. What says nothing of the route is no signal. */
export type Signal = 'success' | 'failure' | { rest: number; reason: string }

/** `until`: epoch ms when to ask again, at the latest. */
export type Permit = { kind: 'pass' } | { kind: 'probe' } | { kind: 'refused'; until: number }

export type BreakerDeps = {
  /** Epoch milliseconds. */
  now(): number
  /** In [0, 1). */
  random(): number
  /** Told of every change found here, for the other workers; not of adopted ones. */
  onChange?(health: RouteHealth): void
}

/** The breaker of one route. Nobody ever waits in it, and it never stays shut for good. */
export const createBreaker = (settings: BreakerSettings, deps: BreakerDeps) => {
  const { now, random } = deps
  const outcomes = createSlidingWindow(settings.windowMs, now)
  let health: RouteHealth = { state: 'closed', until: 0, reason: null, openings: 0, at: 0 }
  /** When this worker may probe: `until`, and with news of others a little later than they. */
  let wakeAt = 0
  /** Reports of requests that were sent before this say nothing any more. While open, none does. */
  let countsFrom = Number.NEGATIVE_INFINITY
  let probing = false

  const extra = (ms: number) => random() * settings.jitter * Math.min(ms, settings.longestRestMs)
  const transition = (next: Omit<RouteHealth, 'at'>) => {
    // Later than what was known here even when another worker's clock is ahead.
    health = { ...next, at: Math.max(now(), health.at + 1) }
    wakeAt = next.until
    deps.onChange?.(health)
  }
  const shut = () => {
    probing = false
    countsFrom = Number.POSITIVE_INFINITY
  }
  const begin = () => {
    probing = false
    countsFrom = now()
    outcomes.clear()
  }
  const close = () => {
    begin()
    transition({ state: 'closed', until: 0, reason: null, openings: 0 })
  }

  const open = (rest: number, reason: string | null) => {
    shut()
    transition({ state: 'open', until: now() + rest + extra(rest), reason, openings: health.openings + 1 })
  }
  const openFor = (signal: Exclude<Signal, 'success'>, reason: string | null) => {
    if (signal === 'failure')
      open(Math.min(settings.firstRestMs * 2 ** health.openings, settings.longestRestMs), reason)
    else open(signal.rest > 0 ? Math.min(signal.rest, settings.longestHardRestMs) : 0, signal.reason)
  }
  const tooManyFailures = () => {
    const { total, failed, inARow, inARowMs } = outcomes.counts()
    return (
      inARow >= (inARowMs < settings.windowMs ? settings.failuresInARow : settings.slowFailuresInARow) ||
      (total >= settings.minimumOutcomes && failed >= total * settings.failureRate)
    )
  }

  return {
    /** Whether a request may go now. A `probe` must be ended by `report` or `abandon`; while it runs, others are refused. */
    admit: (): Permit => {
      if (health.state === 'closed') return { kind: 'pass' }
      if (now() < wakeAt) return { kind: 'refused', until: wakeAt }
      probing = true
      countsFrom = Math.min(countsFrom, now())
      transition({ ...health, state: 'half_open', until: now() + settings.probeMs })
      return { kind: 'probe' }
    },

    /** What came of a request that was sent at `startedAt` (epoch ms; without it: just now). `reason` of a failure, for people. */
    report: (signal: Signal, reason: string | null = null, startedAt: number = now()): void => {
      if (startedAt < countsFrom) return
      if (signal === 'success' && health.state === 'half_open') close()
      else if (signal === 'success') outcomes.add(false)
      else {
        if (signal === 'failure') outcomes.add(true)
        if (health.state === 'half_open' || typeof signal === 'object' || tooManyFailures()) openFor(signal, reason)
      }
    },

    /** The probe was never sent, or was aborted by us: the next may probe. Only for who holds a `probe`. */
    abandon: (): void => {
      if (!probing) return
      shut()
      transition({ ...health, state: 'open', until: now() })
    },

    /** What it rests for is over before its time: the next may probe. */
    wake: (): void => {
      if (health.state === 'open' && now() < wakeAt) transition({ ...health, until: now() })
    },

    /** Takes over what another worker found, unless more is known here. */
    adopt: (news: RouteHealth): void => {
      if (!isNewer(news, health)) return
      if (news.state === 'closed') {
        if (health.state !== 'closed') begin()
      } else {
        // Of two probes that crossed, the own one may still end this.
        if (news.state === 'open' || !probing) shut()
        wakeAt = Math.min(news.until, now() + settings.longestHardRestMs)
        wakeAt += extra(Math.max(settings.firstRestMs, news.until - news.at))
      }
      health = news
    },

    health: (): RouteHealth => health,
  }
}

export type Breaker = ReturnType<typeof createBreaker>
