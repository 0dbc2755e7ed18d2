import { describe, expect, test } from 'vitest'
import { type Breaker, createBreaker, usualBreaker } from './breaker.ts'

/** Chance that is the same in every run (mulberry32). */
const chance = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const newsDelayMs = 100
const seconds = 1000

type Outage = { until: number; failsAfterMs: number }

/**
 * A fleet of `workers`, with `concurrent` generations between them for `length` ms: each asks the first route where its breaker
 * lets it, and a second route when that failed or was not to be asked. The first answers in 2 s once its outage is over.
 */
const simulate = (fleet: { workers: number; concurrent: number; length: number; seed: number }, outage: Outage) => {
  const random = chance(fleet.seed)
  const due = new Map<number, (() => void)[]>()
  let now = 0
  const at = (when: number, what: () => void) => {
    const instant = Math.max(now, Math.round(when))
    const there = due.get(instant)
    if (there) there.push(what)
    else due.set(instant, [what])
  }

  const breakers: Breaker[] = Array.from({ length: fleet.workers }, (_, self) =>
    createBreaker(usualBreaker, {
      now: () => now,
      random,
      onChange: (health) => {
        if (health.state === 'open') seen.openedAt ??= now
        at(now + newsDelayMs, () => {
          for (const [other, breaker] of breakers.entries()) if (other !== self) breaker.adopt(health)
        })
      },
    }),
  )
  const seen = {
    openedAt: null as number | null,
    generations: 0,
    sentToDead: 0,
    allClosedAt: null as number | null,
  }

  const generation = (breaker: Breaker) => {
    const begun = now
    if (seen.openedAt !== null && now < outage.until) seen.generations++
    const permit = breaker.admit()
    if (permit.kind === 'refused') return at(now + 1500 + 1000 * random(), () => generation(breaker))
    const dead = now < outage.until
    if (dead && seen.openedAt !== null) seen.sentToDead++
    at(now + (dead ? outage.failsAfterMs * (0.9 + 0.2 * random()) : 2000), () => {
      breaker.report(dead ? 'failure' : 'success', 'upstream_error', begun)
      if (now >= outage.until && breakers.every((one) => one.health().state === 'closed')) seen.allClosedAt ??= now
      at(now + (dead ? 1500 + 1000 * random() : 0), () => generation(breaker))
    })
  }
  for (let slot = 0; slot < fleet.concurrent; slot++) {
    const breaker = breakers[slot % fleet.workers]
    if (breaker) at(0, () => generation(breaker))
  }
  for (; now < fleet.length; now++) {
    for (const what of due.get(now) ?? []) what()
    due.delete(now)
  }
  return { ...seen, share: seen.sentToDead / seen.generations }
}

const seeds = [1, 2, 3, 4, 5]
const { longestRestMs, jitter } = usualBreaker

describe('200 generations at once', () => {
  const dead = [
    ['fails at once', 50],
    ['fails after a while', 2 * seconds],
    ['hangs until the first-token limit', 20 * seconds],
  ] as const

  test.each(dead)('of a route that %s a fleet of 20 needs less than one request each to know', (_, failsAfterMs) => {
    for (const seed of seeds) {
      const fleet = { workers: 20, concurrent: 200, length: 180 * seconds, seed }
      const run = simulate(fleet, { until: Number.POSITIVE_INFINITY, failsAfterMs })
      expect(run.generations).toBeGreaterThan(10_000)
      expect(run.sentToDead).toBeLessThan(fleet.workers)
      expect(run.share).toBeLessThan(0.001)
    }
  })

  test.each([1, 20])('%i workers use a route again within a rest after it came back', (workers) => {
    for (const seed of seeds) {
      const until = (60 + 7 * seed) * seconds
      const run = simulate(
        { workers, concurrent: 200, length: until + 120 * seconds, seed },
        { until, failsAfterMs: 500 },
      )
      // The longest rest, a request that asks, an answer, and the news of it.
      expect(run.allClosedAt).toBeLessThan(until + longestRestMs * (1 + jitter) + 5 * seconds)
    }
  })
})

describe('one request per second', () => {
  const day = 86_400
  const requests = (failing: number, seed: number, count: number) => {
    const random = chance(seed)
    let now = 0
    let sent = 0
    let sentUntilOpen: number | null = null
    const onChange = () => {
      sentUntilOpen ??= sent
    }
    const breaker = createBreaker(usualBreaker, { now: () => now, random, onChange })
    for (; now < count * seconds; now += seconds) {
      if (breaker.admit().kind === 'refused') continue
      sent++
      breaker.report(random() < failing ? 'failure' : 'success')
    }
    return { sent, sentUntilOpen }
  }

  test('a route that fails one in ten is never turned off', () => {
    for (const seed of seeds) expect(requests(0.1, seed, day)).toEqual({ sent: day, sentUntilOpen: null })
  })

  test('a dead one is, after eight requests, and then asked about once a minute', () => {
    for (const seed of seeds) {
      const { sent, sentUntilOpen } = requests(1, seed, day)
      expect(sentUntilOpen).toBe(8)
      expect(sent / day).toBeLessThan(0.02)
    }
  })

  test('one that fails two in three gets a fraction', () => {
    for (const seed of seeds) expect(requests(2 / 3, seed, day).sent / day).toBeLessThan(0.4)
  })
})
