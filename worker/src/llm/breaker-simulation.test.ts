import { describe, expect, test } from 'vitest'
import { type Breaker, createBreaker, defaultBreakerSettings } from './breaker.ts'

/** A random generator with a seed (mulberry32), so that every run of the tests draws the same numbers. */
const randomFrom = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** How long it takes until the other workers adopt a change. */
const adoptionDelayMs = 100
const seconds = 1000

type Outage = { until: number; failsAfterMs: number }

/**
 * Simulates `workers` that share `concurrent` generations for `length` ms. Each generation asks the failing route when
 * its breaker allows it, and otherwise another route, which takes 1.5 to 2.5 s. After its outage the route answers in 2
 * s.
 */
const simulate = (fleet: { workers: number; concurrent: number; length: number; seed: number }, outage: Outage) => {
  const random = randomFrom(fleet.seed)
  const due = new Map<number, (() => void)[]>()
  let now = 0
  const at = (time: number, action: () => void) => {
    const instant = Math.max(now, Math.round(time))
    const actions = due.get(instant)
    if (actions) actions.push(action)
    else due.set(instant, [action])
  }

  const breakers: Breaker[] = Array.from({ length: fleet.workers }, (_, self) =>
    createBreaker(defaultBreakerSettings, {
      now: () => now,
      random,
      onChange: (health) => {
        if (health.state === 'open') observed.openedAt ??= now
        at(now + adoptionDelayMs, () => {
          for (const [other, breaker] of breakers.entries()) if (other !== self) breaker.adopt(health)
        })
      },
    }),
  )
  const observed = {
    openedAt: null as number | null,
    generations: 0,
    sentToFailing: 0,
    allClosedAt: null as number | null,
  }

  const generation = (breaker: Breaker) => {
    const startedAt = now
    if (observed.openedAt !== null && now < outage.until) observed.generations++
    const permit = breaker.allowRequest()
    if (permit.kind === 'refused') return at(now + 1500 + 1000 * random(), () => generation(breaker))
    const isDown = now < outage.until
    if (isDown && observed.openedAt !== null) observed.sentToFailing++
    at(now + (isDown ? outage.failsAfterMs * (0.9 + 0.2 * random()) : 2000), () => {
      breaker.report(isDown ? 'failure' : 'success', 'upstream_error', startedAt)
      if (now >= outage.until && breakers.every((each) => each.health().state === 'closed'))
        observed.allClosedAt ??= now
      at(now + (isDown ? 1500 + 1000 * random() : 0), () => generation(breaker))
    })
  }
  for (let slot = 0; slot < fleet.concurrent; slot++) {
    const breaker = breakers[slot % fleet.workers]
    if (breaker) at(0, () => generation(breaker))
  }
  for (; now < fleet.length; now++) {
    for (const action of due.get(now) ?? []) action()
    due.delete(now)
  }
  return { ...observed, share: observed.sentToFailing / observed.generations }
}

const seeds = [1, 2, 3, 4, 5]
const { longestRestMs, jitter } = defaultBreakerSettings

describe('the breakers of a fleet with 200 concurrent generations', () => {
  const outages = [
    ['fails at once', 50],
    ['fails after two seconds', 2 * seconds],
    ['is silent until the first-token deadline', 20 * seconds],
  ] as const

  test.each(outages)('let fewer than 20 requests of 20 workers through to a route that %s', (_, failsAfterMs) => {
    for (const seed of seeds) {
      const fleet = { workers: 20, concurrent: 200, length: 180 * seconds, seed }
      const run = simulate(fleet, { until: Number.POSITIVE_INFINITY, failsAfterMs })
      expect(run.generations).toBeGreaterThan(10_000)
      expect(run.sentToFailing).toBeLessThan(fleet.workers)
      expect(run.share).toBeLessThan(0.001)
    }
  })

  test.each([1, 20])('all close within one longest rest after the outage of a route, with %i workers', (workers) => {
    for (const seed of seeds) {
      const until = (60 + 7 * seed) * seconds
      const run = simulate(
        { workers, concurrent: 200, length: until + 120 * seconds, seed },
        { until, failsAfterMs: 500 },
      )
      // The five seconds are for the next request, its answer, and the adoption by the other workers.
      expect(run.allClosedAt).toBeLessThan(until + longestRestMs * (1 + jitter) + 5 * seconds)
    }
  })
})

describe('the breaker of a route with one request per second', () => {
  const day = 86_400
  const sendForSeconds = (failureRate: number, seed: number, count: number) => {
    const random = randomFrom(seed)
    let now = 0
    let sent = 0
    let sentUntilOpen: number | null = null
    const onChange = () => {
      sentUntilOpen ??= sent
    }
    const breaker = createBreaker(defaultBreakerSettings, { now: () => now, random, onChange })
    for (; now < count * seconds; now += seconds) {
      if (breaker.allowRequest().kind === 'refused') continue
      sent++
      breaker.report(random() < failureRate ? 'failure' : 'success')
    }
    return { sent, sentUntilOpen }
  }

  test('never opens in a day when one request in ten fails', () => {
    for (const seed of seeds) expect(sendForSeconds(0.1, seed, day)).toEqual({ sent: day, sentUntilOpen: null })
  })

  test('opens after eight requests when all fail, and then lets about one request per minute through', () => {
    for (const seed of seeds) {
      const { sent, sentUntilOpen } = sendForSeconds(1, seed, day)
      expect(sentUntilOpen).toBe(8)
      expect(sent / day).toBeLessThan(0.02)
    }
  })

  test('lets less than 40 % of the requests through when two in three fail', () => {
    for (const seed of seeds) expect(sendForSeconds(2 / 3, seed, day).sent / day).toBeLessThan(0.4)
  })
})
