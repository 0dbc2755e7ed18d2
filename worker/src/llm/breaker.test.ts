import { describe, expect, test } from 'vitest'
import { breakerHarness, settings, start } from '../testing/breaker-harness.ts'

const { firstRestMs, longestRestMs, longestHardRestMs, probeMs } = settings

describe('a closed breaker', () => {
  test('opens after consecutive failures, and not when a success lies between them', () => {
    const { breaker, report, state } = breakerHarness()
    report('failure', 3)
    report('success')
    report('failure', 3)
    expect(state()).toBe('closed')
    report('failure')
    expect(breaker.health()).toMatchObject({ state: 'open', until: start + firstRestMs, reason: 'upstream_error' })
    expect(breaker.allowRequest()).toEqual({ kind: 'refused', until: start + firstRestMs })
  })

  test('ignores abandon, because the request was not a probe', () => {
    const { breaker, changes } = breakerHarness()
    breaker.allowRequest()
    breaker.abandon()
    expect(breaker.allowRequest()).toEqual({ kind: 'pass' })
    expect(changes).toEqual([])
  })

  test('opens after three consecutive failures when they are spread over the window', () => {
    const { clock, report, state } = breakerHarness()
    for (const signal of ['failure', 'success', 'failure', 'failure'] as const) {
      report(signal)
      clock.ms += settings.windowMs / 2
    }
    expect(state()).toBe('closed')
    report('failure')
    expect(state()).toBe('open')
  })

  test('opens at the failure rate once the window holds the minimum number of outcomes', () => {
    const { report, state } = breakerHarness()
    for (let pair = 0; pair < 4; pair++) {
      report('failure')
      report('success')
    }
    report('failure')
    expect(state()).toBe('closed')
    report('failure')
    expect(state()).toBe('open')
  })

  test('does not count outcomes that are older than the window towards the failure rate', () => {
    const { clock, report, state } = breakerHarness()
    for (const [signal, times] of [
      ['success', 4],
      ['failure', 3],
      ['success', 1],
      ['failure', 1],
    ] as const)
      report(signal, times)
    clock.ms += settings.windowMs * 1.5
    for (const signal of ['success', 'failure', 'failure', 'success', 'failure'] as const) report(signal)
    expect(state()).toBe('closed')
  })

  test('opens at once for the time that a hard signal gives, at most 31 days', () => {
    const { clock, breaker, report } = breakerHarness()
    report({ restMs: 300_000, reason: 'provider_credit_exhausted' })
    const health = { state: 'open', until: start + 300_000, reason: 'provider_credit_exhausted', openings: 1 }
    expect(breaker.health()).toMatchObject(health)
    clock.ms += 300_000
    breaker.allowRequest()
    report({ restMs: Number.POSITIVE_INFINITY, reason: 'quota' })
    expect(breaker.health()).toMatchObject({ until: clock.ms + longestHardRestMs, openings: 2 })
  })

  test('adds random jitter to a rest, at most a fifth of it and a fifth of the longest soft rest', () => {
    const { openedBreaker } = breakerHarness({ random: 0.5 })
    expect(openedBreaker().health().until).toBe(start + 1 + firstRestMs * 1.1)
    const hard = breakerHarness({ random: 0.5 })
    hard.report({ restMs: longestHardRestMs, reason: 'quota' })
    expect(hard.breaker.health().until).toBe(start + longestHardRestMs + longestRestMs * 0.1)
  })
})

describe('an open breaker', () => {
  test('ignores the outcomes of requests that were sent before it opened', () => {
    const { clock, openedBreaker, report, state } = breakerHarness()
    const breaker = openedBreaker()
    const { until } = breaker.health()
    report('success')
    report('failure', 10)
    report({ restMs: 60_000, reason: 'quota' })
    clock.ms = until
    breaker.allowRequest()
    breaker.report('failure', null, start)
    breaker.report('success', null, start)
    expect(state()).toBe('half_open')
    breaker.report('success')
    breaker.report({ restMs: 60_000, reason: 'quota' }, null, start)
    expect(state()).toBe('closed')
  })
})

describe('breaker.endRest', () => {
  test('lets the next request probe before the rest is over, announces the change, and keeps the count of openings', () => {
    const { clock, openedBreaker, changes, report } = breakerHarness()
    const breaker = openedBreaker()
    clock.ms += 10
    breaker.endRest()
    expect(changes.at(-1)).toMatchObject({ state: 'open', until: clock.ms, reason: 'upstream_error', openings: 1 })
    expect(breaker.allowRequest()).toEqual({ kind: 'probe' })
    report('failure')
    expect(breaker.health()).toMatchObject({ state: 'open', until: clock.ms + 2 * firstRestMs, openings: 2 })
  })

  test('changes nothing while the breaker is closed, due for a probe, or half open', () => {
    const { clock, breaker, openedBreaker, changes } = breakerHarness()
    breaker.endRest()
    expect(changes).toEqual([])
    openedBreaker()
    clock.ms = breaker.health().until
    breaker.endRest()
    breaker.allowRequest()
    breaker.endRest()
    expect(changes.map(({ state }) => state)).toEqual(['open', 'half_open'])
  })
})

describe('a half-open breaker', () => {
  test('lets one probe through and refuses all other requests at once', () => {
    const { clock, openedBreaker, changes } = breakerHarness()
    const breaker = openedBreaker()
    clock.ms = breaker.health().until
    expect(breaker.allowRequest()).toEqual({ kind: 'probe' })
    expect(breaker.allowRequest()).toEqual({ kind: 'refused', until: clock.ms + probeMs })
    expect(changes.map(({ state }) => state)).toEqual(['open', 'half_open'])
  })

  test('closes after a successful probe, and forgets earlier outcomes', () => {
    const { clock, openedBreaker, report, state } = breakerHarness()
    const breaker = openedBreaker()
    clock.ms = breaker.health().until
    breaker.allowRequest()
    report('success')
    expect(breaker.health()).toMatchObject({ state: 'closed', openings: 0, reason: null })
    report('failure', 3)
    expect(state()).toBe('closed')
    report('failure')
    expect(breaker.health().until).toBe(clock.ms + firstRestMs)
  })

  test('doubles its rest after each failed probe, up to the longest rest', () => {
    const { clock, openedBreaker, report } = breakerHarness()
    const breaker = openedBreaker()
    const rests = Array.from({ length: 6 }, () => {
      clock.ms = breaker.health().until
      breaker.allowRequest()
      report('failure')
      return breaker.health().until - clock.ms
    })
    expect(rests).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000])
  })

  test('lets another probe through when a probe is lost, and still counts the result of the lost one', () => {
    const { clock, openedBreaker, state } = breakerHarness()
    const breaker = openedBreaker()
    clock.ms = breaker.health().until
    const sentAt = clock.ms
    breaker.allowRequest()
    clock.ms += probeMs
    expect(breaker.allowRequest()).toEqual({ kind: 'probe' })
    breaker.report('success', null, sentAt)
    expect(state()).toBe('closed')
  })

  test('lets the next request probe after a probe was abandoned', () => {
    const { clock, openedBreaker } = breakerHarness()
    const breaker = openedBreaker()
    clock.ms = breaker.health().until
    breaker.allowRequest()
    breaker.abandon()
    expect(breaker.health()).toMatchObject({ state: 'open', until: clock.ms, openings: 1 })
    expect(breaker.allowRequest()).toEqual({ kind: 'probe' })
  })
})
