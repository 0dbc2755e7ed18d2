import { describe, expect, test } from 'vitest'
import { breakerHarness, settings, start } from '../testing/breaker-harness.ts'
import { isNewer, type RouteHealth } from './health/route-health.ts'

describe('news of others', () => {
  const news = (health: Partial<RouteHealth>): RouteHealth => ({
    state: 'open',
    until: start + 20_000,
    reason: 'upstream_error',
    openings: 3,
    at: start,
    ...health,
  })

  test('an opening is taken over with its count, and not told again', () => {
    const { clock, breaker, told, send } = breakerHarness()
    breaker.adopt(news({}))
    expect(breaker.admit()).toEqual({ kind: 'refused', until: start + 20_000 })
    expect(told).toEqual([])
    clock.ms = start + 20_000
    expect(breaker.admit()).toEqual({ kind: 'probe' })
    send('failure')
    expect(breaker.health()).toMatchObject({ openings: 4, until: clock.ms + 40_000 })
  })

  test('a worker that took it over probes a little later than the one that found it', () => {
    const { breaker } = breakerHarness({ random: 0.5 })
    breaker.adopt(news({}))
    expect(breaker.admit()).toEqual({ kind: 'refused', until: start + 22_000 })
  })

  test('while another probes, this one does not; when that one is lost, it does', () => {
    const { clock, breaker } = breakerHarness()
    breaker.adopt(news({ state: 'half_open' }))
    breaker.report('failure', null, start - 1)
    expect(breaker.admit()).toEqual({ kind: 'refused', until: start + 20_000 })
    clock.ms = start + 20_000
    expect(breaker.admit()).toEqual({ kind: 'probe' })
  })

  test('of two probes that crossed, the own one may still close', () => {
    const { clock, opened, send, state } = breakerHarness()
    const breaker = opened()
    clock.ms = breaker.health().until
    breaker.admit()
    breaker.adopt(news({ state: 'half_open', at: clock.ms + 1 }))
    send('success')
    expect(state()).toBe('closed')
  })

  test('a closing closes, and what was sent before it says nothing', () => {
    const { clock, opened, send, state } = breakerHarness()
    const breaker = opened()
    clock.ms += 100
    breaker.adopt(news({ state: 'closed', reason: null, openings: 0, at: clock.ms }))
    expect(breaker.admit()).toEqual({ kind: 'pass' })
    for (let late = 0; late < 20; late++) breaker.report('failure', null, start)
    expect(state()).toBe('closed')
    send('failure', settings.failuresInARow)
    expect(state()).toBe('open')
  })

  test('a closing of what is closed here forgets nothing', () => {
    const { breaker, send, state } = breakerHarness()
    send('failure', settings.failuresInARow - 1)
    breaker.adopt(news({ state: 'closed' }))
    send('failure')
    expect(state()).toBe('open')
  })

  test('a probe that another gave up is not taken up by all at once', () => {
    const { breaker } = breakerHarness({ random: 0.5 })
    breaker.adopt(news({ until: start, at: start }))
    expect(breaker.admit()).toEqual({ kind: 'refused', until: start + 500 })
  })

  test('older news and the same news again change nothing', () => {
    const { clock, opened } = breakerHarness()
    const breaker = opened()
    const { until, at } = breaker.health()
    breaker.adopt(news({ state: 'closed', at: at - 1 }))
    breaker.adopt(breaker.health())
    expect(breaker.health()).toMatchObject({ state: 'open', until })
    clock.ms = until
    breaker.admit()
    breaker.report('success')
    breaker.adopt(news({ at }))
    expect(breaker.health().state).toBe('closed')
  })

  test('what is found after news is newer than they, though their clock is ahead', () => {
    const { clock, breaker } = breakerHarness()
    const known = news({ at: start + 500_000, until: start + 1000 })
    breaker.adopt(known)
    clock.ms = start + 1000
    breaker.admit()
    breaker.report('success')
    expect(breaker.health().state).toBe('closed')
    expect(isNewer(breaker.health(), known)).toBe(true)
  })
})
