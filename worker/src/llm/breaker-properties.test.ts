import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBreaker, defaultBreakerSettings } from './breaker.ts'

const { longestRestMs, longestHardRestMs, probeMs, jitter } = defaultBreakerSettings
const start = 1_000_000

const createHarness = (random = 0) => {
  const clock = { ms: start }
  return { clock, breaker: createBreaker(defaultBreakerSettings, { now: () => clock.ms, random: () => random }) }
}

const state = fc.constantFrom('closed' as const, 'open' as const, 'half_open' as const)
const instant = fc.oneof(
  fc.integer({ min: start - 100_000, max: start + 1_000_000 }),
  fc.constantFrom(0, 1e15, Number.MAX_SAFE_INTEGER / 2),
)
const anyHealth = fc.record({ state, until: instant, reason: fc.constant('x'), openings: fc.nat(2000), at: instant })
const anySignal = fc.oneof(
  fc.constantFrom('success' as const, 'failure' as const),
  fc.record({ restMs: fc.double({ noInteger: false }), reason: fc.constant('x') }),
)
const anyStep = fc.oneof(
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 200_000 }) }),
  fc.record({ do: fc.constant('report' as const), signal: anySignal, ago: fc.nat(50_000) }),
  fc.record({ do: fc.constantFrom('request' as const, 'abandon' as const) }),
  fc.record({ do: fc.constant('adopt' as const), health: anyHealth }),
)

type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never

const runSteps = (steps: readonly Step[], random: number) => {
  const harness = createHarness(random)
  const { clock, breaker } = harness
  for (const step of steps) {
    if (step.do === 'wait') clock.ms += step.ms
    else if (step.do === 'report') breaker.report(step.signal, null, clock.ms - step.ago)
    else if (step.do === 'adopt') breaker.adopt(step.health)
    else if (step.do === 'abandon') breaker.abandon()
    else breaker.allowRequest()
  }
  return harness
}

describe('the breaker after any sequence of steps', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

  test('lets a probe through in the end, and closes when the probe succeeds', () => {
    fc.assert(
      fc.property(fc.array(anyStep), random, (steps, drawn) => {
        const { clock, breaker } = runSteps(steps, drawn)
        clock.ms += longestHardRestMs + longestRestMs * jitter + probeMs
        const permit = breaker.allowRequest()
        expect(permit.kind).not.toBe('refused')
        breaker.report('success')
        expect(breaker.allowRequest()).toEqual({ kind: 'pass' })
      }),
    )
  })

  test('lets a request through at the time that a refusal named', () => {
    fc.assert(
      fc.property(fc.array(anyStep), random, (steps, drawn) => {
        const { clock, breaker } = runSteps(steps, drawn)
        const permit = breaker.allowRequest()
        if (permit.kind !== 'refused') return
        expect(permit.until).toBeGreaterThan(clock.ms)
        clock.ms = permit.until
        expect(breaker.allowRequest()).toEqual({ kind: 'probe' })
      }),
    )
  })

  test('never lets two probes run at once', () => {
    fc.assert(
      fc.property(fc.array(anyStep), random, fc.nat(probeMs - 1), (steps, drawn, later) => {
        const { clock, breaker } = runSteps(steps, drawn)
        if (breaker.allowRequest().kind !== 'probe') return
        clock.ms += later
        expect(breaker.allowRequest().kind).toBe('refused')
      }),
    )
  })

  test('has the same state in all workers that adopt the same states in any order', () => {
    fc.assert(
      fc.property(
        fc
          .array(anyHealth)
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const [first, second] = [createHarness(), createHarness()]
          for (const health of all) first.breaker.adopt(health)
          for (const health of shuffled) second.breaker.adopt(health)
          const { openings: _, ...expected } = first.breaker.health()
          expect(second.breaker.health()).toMatchObject(expected)
        },
      ),
    )
  })
})
