import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBreaker, usualBreaker } from './breaker.ts'

const { longestRestMs, longestHardRestMs, probeMs, jitter } = usualBreaker
const start = 1_000_000

const breakerHarness = (random = 0) => {
  const clock = { ms: start }
  return { clock, breaker: createBreaker(usualBreaker, { now: () => clock.ms, random: () => random }) }
}

const state = fc.constantFrom('closed' as const, 'open' as const, 'half_open' as const)
const instant = fc.oneof(
  fc.integer({ min: start - 100_000, max: start + 1_000_000 }),
  fc.constantFrom(0, 1e15, Number.MAX_SAFE_INTEGER / 2),
)
const anyHealth = fc.record({ state, until: instant, reason: fc.constant('x'), openings: fc.nat(2000), at: instant })
const anySignal = fc.oneof(
  fc.constantFrom('success' as const, 'failure' as const),
  fc.record({ rest: fc.double({ noInteger: false }), reason: fc.constant('x') }),
)
const step = fc.oneof(
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 200_000 }) }),
  fc.record({ do: fc.constant('report' as const), signal: anySignal, ago: fc.nat(50_000) }),
  fc.record({ do: fc.constantFrom('admit' as const, 'abandon' as const) }),
  fc.record({ do: fc.constant('adopt' as const), news: anyHealth }),
)

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const after = (steps: readonly Step[], random: number) => {
  const generated = breakerHarness(random)
  const { clock, breaker } = generated
  for (const one of steps) {
    if (one.do === 'wait') clock.ms += one.ms
    else if (one.do === 'report') breaker.report(one.signal, null, clock.ms - one.ago)
    else if (one.do === 'adopt') breaker.adopt(one.news)
    else if (one.do === 'abandon') breaker.abandon()
    else breaker.admit()
  }
  return generated
}

describe('whatever happens', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

  test('a route is never closed for good: it lets a probe through, whose success closes it', () => {
    fc.assert(
      fc.property(fc.array(step), random, (steps, drawn) => {
        const { clock, breaker } = after(steps, drawn)
        clock.ms += longestHardRestMs + longestRestMs * jitter + probeMs
        const permit = breaker.admit()
        expect(permit.kind).not.toBe('refused')
        breaker.report('success')
        expect(breaker.admit()).toEqual({ kind: 'pass' })
      }),
    )
  })

  test('a refusal says when to come back, and then a request is let through', () => {
    fc.assert(
      fc.property(fc.array(step), random, (steps, drawn) => {
        const { clock, breaker } = after(steps, drawn)
        const permit = breaker.admit()
        if (permit.kind !== 'refused') return
        expect(permit.until).toBeGreaterThan(clock.ms)
        clock.ms = permit.until
        expect(breaker.admit()).toEqual({ kind: 'probe' })
      }),
    )
  })

  test('two probes are never under way at once', () => {
    fc.assert(
      fc.property(fc.array(step), random, fc.nat(probeMs - 1), (steps, drawn, later) => {
        const { clock, breaker } = after(steps, drawn)
        if (breaker.admit().kind !== 'probe') return
        clock.ms += later
        expect(breaker.admit().kind).toBe('refused')
      }),
    )
  })

  test('workers that hear the same news, in any order, come to the same end', () => {
    fc.assert(
      fc.property(
        fc
          .array(anyHealth)
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const [one, other] = [breakerHarness(), breakerHarness()]
          for (const health of all) one.breaker.adopt(health)
          for (const health of shuffled) other.breaker.adopt(health)
          const { openings: _, ...same } = one.breaker.health()
          expect(other.breaker.health()).toMatchObject(same)
        },
      ),
    )
  })
})
