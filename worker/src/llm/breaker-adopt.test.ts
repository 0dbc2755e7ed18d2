import { describe, expect, test } from 'vitest'
import { breakerHarness, settings, start } from '../testing/breaker-harness.ts'
import { isNewer, type RouteHealth } from './health/route-health.ts'

describe('breaker.adopt', () => {
  const receivedHealth = (health: Partial<RouteHealth>): RouteHealth => ({
    state: 'open',
    until: start + 20_000,
    reason: 'upstream_error',
    openings: 3,
    at: start,
    ...health,
  })

  test('adopts an opening with its count of openings, and does not announce it again', () => {
    const { clock, breaker, changes, report } = breakerHarness()
    breaker.adopt(receivedHealth({}))
    expect(breaker.allowRequest()).toEqual({ kind: 'refused', until: start + 20_000 })
    expect(changes).toEqual([])
    clock.ms = start + 20_000
    expect(breaker.allowRequest()).toEqual({ kind: 'probe' })
    report('failure')
    expect(breaker.health()).toMatchObject({ openings: 4, until: clock.ms + 40_000 })
  })

  test('lets a worker that adopted an opening probe a little later than the worker that found it', () => {
    const { breaker } = breakerHarness({ random: 0.5 })
    breaker.adopt(receivedHealth({}))
    expect(breaker.allowRequest()).toEqual({ kind: 'refused', until: start + 22_000 })
  })

  test('refuses requests while another worker probes, and probes itself when that probe is lost', () => {
    const { clock, breaker } = breakerHarness()
    breaker.adopt(receivedHealth({ state: 'half_open' }))
    breaker.report('failure', null, start - 1)
    expect(breaker.allowRequest()).toEqual({ kind: 'refused', until: start + 20_000 })
    clock.ms = start + 20_000
    expect(breaker.allowRequest()).toEqual({ kind: 'probe' })
  })

  test('lets the own probe close the breaker when another worker probes at the same time', () => {
    const { clock, openedBreaker, report, state } = breakerHarness()
    const breaker = openedBreaker()
    clock.ms = breaker.health().until
    breaker.allowRequest()
    breaker.adopt(receivedHealth({ state: 'half_open', at: clock.ms + 1 }))
    report('success')
    expect(state()).toBe('closed')
  })

  test('closes with another worker, and ignores outcomes of requests that were sent before that', () => {
    const { clock, openedBreaker, report, state } = breakerHarness()
    const breaker = openedBreaker()
    clock.ms += 100
    breaker.adopt(receivedHealth({ state: 'closed', reason: null, openings: 0, at: clock.ms }))
    expect(breaker.allowRequest()).toEqual({ kind: 'pass' })
    for (let late = 0; late < 20; late++) breaker.report('failure', null, start)
    expect(state()).toBe('closed')
    report('failure', settings.consecutiveFailures)
    expect(state()).toBe('open')
  })

  test('keeps its outcomes when another worker closes and this breaker is already closed', () => {
    const { breaker, report, state } = breakerHarness()
    report('failure', settings.consecutiveFailures - 1)
    breaker.adopt(receivedHealth({ state: 'closed' }))
    report('failure')
    expect(state()).toBe('open')
  })

  test('delays the probe at random when another worker abandoned its probe', () => {
    const { breaker } = breakerHarness({ random: 0.5 })
    breaker.adopt(receivedHealth({ until: start, at: start }))
    expect(breaker.allowRequest()).toEqual({ kind: 'refused', until: start + 500 })
  })

  test('ignores states that are older than its own or equal to it', () => {
    const { clock, openedBreaker } = breakerHarness()
    const breaker = openedBreaker()
    const { until, at } = breaker.health()
    breaker.adopt(receivedHealth({ state: 'closed', at: at - 1 }))
    breaker.adopt(breaker.health())
    expect(breaker.health()).toMatchObject({ state: 'open', until })
    clock.ms = until
    breaker.allowRequest()
    breaker.report('success')
    breaker.adopt(receivedHealth({ at }))
    expect(breaker.health().state).toBe('closed')
  })

  test('dates a later change after the adopted state, even when the clock of the other worker is ahead', () => {
    const { clock, breaker } = breakerHarness()
    const known = receivedHealth({ at: start + 500_000, until: start + 1000 })
    breaker.adopt(known)
    clock.ms = start + 1000
    breaker.allowRequest()
    breaker.report('success')
    expect(breaker.health().state).toBe('closed')
    expect(isNewer(breaker.health(), known)).toBe(true)
  })
})
