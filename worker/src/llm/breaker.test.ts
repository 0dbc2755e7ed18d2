import { describe, expect, test } from 'vitest'
import { breakerHarness, settings, start } from '../testing/breaker-harness.ts'

const { firstRestMs, longestRestMs, longestHardRestMs, probeMs } = settings

describe('closed', () => {
  test('failures in a row open it; one success between does not let it come to that', () => {
    const { breaker, send, state } = breakerHarness()
    send('failure', 3)
    send('success')
    send('failure', 3)
    expect(state()).toBe('closed')
    send('failure')
    expect(breaker.health()).toMatchObject({ state: 'open', until: start + firstRestMs, reason: 'upstream_error' })
    expect(breaker.admit()).toEqual({ kind: 'refused', until: start + firstRestMs })
  })

  test('a request that passed and was aborted is no probe', () => {
    const { breaker, told } = breakerHarness()
    breaker.admit()
    breaker.abandon()
    expect(breaker.admit()).toEqual({ kind: 'pass' })
    expect(told).toEqual([])
  })

  test('where requests are rare, three failures do', () => {
    const { clock, send, state } = breakerHarness()
    for (const signal of ['failure', 'success', 'failure', 'failure'] as const) {
      send(signal)
      clock.ms += settings.windowMs / 2
    }
    expect(state()).toBe('closed')
    send('failure')
    expect(state()).toBe('open')
  })

  test('a failure rate opens it, from the least number of outcomes on', () => {
    const { send, state } = breakerHarness()
    for (let pair = 0; pair < 4; pair++) {
      send('failure')
      send('success')
    }
    send('failure')
    expect(state()).toBe('closed')
    send('failure')
    expect(state()).toBe('open')
  })

  test('what is older than the window does not count towards the rate', () => {
    const { clock, send, state } = breakerHarness()
    for (const [signal, times] of [
      ['success', 4],
      ['failure', 3],
      ['success', 1],
      ['failure', 1],
    ] as const)
      send(signal, times)
    clock.ms += settings.windowMs * 1.5
    for (const signal of ['success', 'failure', 'failure', 'success', 'failure'] as const) send(signal)
    expect(state()).toBe('closed')
  })

  test('a hard signal opens it at once for as long as it says, a day at most', () => {
    const { clock, breaker, send } = breakerHarness()
    send({ rest: 300_000, reason: 'provider_credit_exhausted' })
    const health = { state: 'open', until: start + 300_000, reason: 'provider_credit_exhausted', openings: 1 }
    expect(breaker.health()).toMatchObject(health)
    clock.ms += 300_000
    breaker.admit()
    send({ rest: Number.POSITIVE_INFINITY, reason: 'quota' })
    expect(breaker.health()).toMatchObject({ until: clock.ms + longestHardRestMs, openings: 2 })
  })

  test('chance adds a fifth to a rest, and no more than a fifth of the longest', () => {
    const { opened } = breakerHarness({ random: 0.5 })
    expect(opened().health().until).toBe(start + 1 + firstRestMs * 1.1)
    const hard = breakerHarness({ random: 0.5 })
    hard.send({ rest: longestHardRestMs, reason: 'quota' })
    expect(hard.breaker.health().until).toBe(start + longestHardRestMs + longestRestMs * 0.1)
  })
})

describe('open', () => {
  test('results of requests that were sent before neither close nor prolong it', () => {
    const { clock, opened, send, state } = breakerHarness()
    const breaker = opened()
    const { until } = breaker.health()
    send('success')
    send('failure', 10)
    send({ rest: 60_000, reason: 'quota' })
    clock.ms = until
    breaker.admit()
    breaker.report('failure', null, start)
    breaker.report('success', null, start)
    expect(state()).toBe('half_open')
    breaker.report('success')
    breaker.report({ rest: 60_000, reason: 'quota' }, null, start)
    expect(state()).toBe('closed')
  })
})

describe('woken', () => {
  test('before its rest is over, the next probes, and others hear of it; how often it opened is not forgotten', () => {
    const { clock, opened, told, send } = breakerHarness()
    const breaker = opened()
    clock.ms += 10
    breaker.wake()
    expect(told.at(-1)).toMatchObject({ state: 'open', until: clock.ms, reason: 'upstream_error', openings: 1 })
    expect(breaker.admit()).toEqual({ kind: 'probe' })
    send('failure')
    expect(breaker.health()).toMatchObject({ state: 'open', until: clock.ms + 2 * firstRestMs, openings: 2 })
  })

  test('while it is closed, due already, or probed, nothing changes', () => {
    const { clock, breaker, opened, told } = breakerHarness()
    breaker.wake()
    expect(told).toEqual([])
    opened()
    clock.ms = breaker.health().until
    breaker.wake()
    breaker.admit()
    breaker.wake()
    expect(told.map(({ state }) => state)).toEqual(['open', 'half_open'])
  })
})

describe('half open', () => {
  test('one probe, and the others are refused at once', () => {
    const { clock, opened, told } = breakerHarness()
    const breaker = opened()
    clock.ms = breaker.health().until
    expect(breaker.admit()).toEqual({ kind: 'probe' })
    expect(breaker.admit()).toEqual({ kind: 'refused', until: clock.ms + probeMs })
    expect(told.map(({ state }) => state)).toEqual(['open', 'half_open'])
  })

  test('its success closes, and what was before is forgotten', () => {
    const { clock, opened, send, state } = breakerHarness()
    const breaker = opened()
    clock.ms = breaker.health().until
    breaker.admit()
    send('success')
    expect(breaker.health()).toMatchObject({ state: 'closed', openings: 0, reason: null })
    send('failure', 3)
    expect(state()).toBe('closed')
    send('failure')
    expect(breaker.health().until).toBe(clock.ms + firstRestMs)
  })

  test('its failure rests longer each time, up to the longest', () => {
    const { clock, opened, send } = breakerHarness()
    const breaker = opened()
    const rests = Array.from({ length: 6 }, () => {
      clock.ms = breaker.health().until
      breaker.admit()
      send('failure')
      return breaker.health().until - clock.ms
    })
    expect(rests).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000])
  })

  test('a probe that was lost frees its place; when it comes back after all, it still counts', () => {
    const { clock, opened, state } = breakerHarness()
    const breaker = opened()
    clock.ms = breaker.health().until
    const sentAt = clock.ms
    breaker.admit()
    clock.ms += probeMs
    expect(breaker.admit()).toEqual({ kind: 'probe' })
    breaker.report('success', null, sentAt)
    expect(state()).toBe('closed')
  })

  test('after a probe that was never sent the next may probe', () => {
    const { clock, opened } = breakerHarness()
    const breaker = opened()
    clock.ms = breaker.health().until
    breaker.admit()
    breaker.abandon()
    expect(breaker.health()).toMatchObject({ state: 'open', until: clock.ms, openings: 1 })
    expect(breaker.admit()).toEqual({ kind: 'probe' })
  })
})
