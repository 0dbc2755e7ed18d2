import { describe, expect, test } from 'vitest'
import { CREDIT_REST_MS, KEY_REST_MS, QUOTA_REST_MS } from '../deadlines.ts'
import { exampleRoute } from '../testing/example-route.ts'
import { attemptOf, routePoolHarness, start } from '../testing/route-pool-harness.ts'
import { defaultBreakerSettings } from './breaker.ts'
import { type FailureClass, failureClasses, handlingOf } from './errors/failure.ts'

const classes = Object.keys(failureClasses) as FailureClass[]

describe('routePool, about usable routes,', () => {
  test('returns the routes whose provider has a key, also while the key rests', () => {
    const { pool, routes, rings, send } = routePoolHarness({ b: [] })
    expect(pool.usable()).toEqual([routes.a, routes.other])
    send(routes.a, 'auth')
    expect(pool.usable()).toEqual([routes.a, routes.other])
    rings.b.replace(['sk-late'])
    expect(pool.usable()).toEqual([routes.a, routes.other, routes.b])
  })

  test('refuses a route without a key, and names no time', () => {
    const { pool, routes } = routePoolHarness({ b: [] })
    expect(pool.acquire(routes.b)).toEqual({ ok: false, until: Number.POSITIVE_INFINITY })
  })

  test('throws for a route that is not in the catalog', () => {
    const { pool } = routePoolHarness()
    expect(() => pool.acquire(exampleRoute({ provider: 'a', model: 'three' }))).toThrow('no such route: a three')
  })
})

describe('routePool, about the keys of a provider,', () => {
  test('uses the keys in turn over all routes of the provider', () => {
    const { routes, send } = routePoolHarness()
    expect([send(routes.a, 'ok'), send(routes.other, 'ok'), send(routes.a, 'ok')]).toEqual([
      'sk-a-1',
      'sk-a-2',
      'sk-a-1',
    ])
  })

  test('lets a single key rest after a 401, and keeps the route closed', () => {
    const { routes, rings, send, stateOf } = routePoolHarness()
    expect([send(routes.a, 'auth'), send(routes.a, 'ok'), send(routes.other, 'ok')]).toEqual([
      'sk-a-1',
      'sk-a-2',
      'sk-a-2',
    ])
    expect([rings.a.restingCount(), stateOf(routes.a)]).toEqual([1, 'closed'])
  })

  test.each<[string, number | null, number]>([
    ['as long as the provider asks', 600_000, 600_000],
    ['five minutes when the provider asks for no wait', null, CREDIT_REST_MS],
    ['at least 30 s when the provider asks for a shorter wait', 0, KEY_REST_MS],
  ])('lets a key without credit rest %s', (_, wait, expected) => {
    const { routes, send, waitOf } = routePoolHarness({ a: ['sk-only'] })
    send(routes.a, wait === null ? 'provider_credit_exhausted' : ['provider_credit_exhausted', wait])
    expect(waitOf(routes.a)).toBe(expected)
    expect(waitOf(routes.other)).toBe(expected)
  })

  test('opens the breaker of the route, with the reason, when its last key rests', () => {
    const { routes, changes, send, stateOf } = routePoolHarness()
    send(routes.a, 'auth')
    expect(changes).toEqual([])
    send(routes.a, 'auth')
    expect([stateOf(routes.a), stateOf(routes.other), stateOf(routes.b)]).toEqual(['open', 'closed', 'closed'])
    expect(changes).toEqual(['a/one open auth'])
  })

  test('lets one request try the key after its rest', () => {
    const { clock, routes, pool, send, waitOf, lease } = routePoolHarness({ a: ['sk-only'] })
    send(routes.a, 'auth')
    clock.ms += waitOf(routes.a)
    const probe = lease(routes.a)
    expect(probe.probe).toBe(true)
    expect(pool.acquire(routes.a).ok).toBe(false)
    expect(pool.acquire(routes.other).ok).toBe(false)
    pool.release(probe, attemptOf(routes.a, 'ok', clock.ms, 1))
    expect([waitOf(routes.a), waitOf(routes.other)]).toEqual([0, 0])
  })

  test('keeps a key on trial after a request without a response', () => {
    const { clock, routes, send, waitOf } = routePoolHarness({ a: ['sk-only'] })
    send(routes.other, 'auth')
    clock.ms += waitOf(routes.a)
    send(routes.a, 'network')
    expect(waitOf(routes.a)).toBeGreaterThan(0)
    clock.ms += waitOf(routes.a)
    send(routes.a, 'rate_limited')
    expect(waitOf(routes.a)).toBe(0)
  })
})

describe('routePool, about the breaker of a route,', () => {
  test.each(classes.filter((failureClass) => handlingOf(failureClass).breaker === 'counts'))(
    'opens it after consecutive failures of class %s',
    (failureClass) => {
      const { routes, send, stateOf, waitOf } = routePoolHarness()
      for (let count = 1; count < defaultBreakerSettings.consecutiveFailures; count++) send(routes.a, failureClass)
      expect(stateOf(routes.a)).toBe('closed')
      send(routes.a, failureClass)
      expect(stateOf(routes.a)).toBe('open')
      expect([waitOf(routes.a), waitOf(routes.other)]).toEqual([defaultBreakerSettings.firstRestMs, 0])
    },
  )

  test.each(
    classes.filter((failureClass) => handlingOf(failureClass).breaker === 'no' && !handlingOf(failureClass).keyProblem),
  )('does not change it after failures of class %s', (failureClass) => {
    const { routes, changes, send } = routePoolHarness()
    for (let count = 0; count < 100; count++) send(routes.a, failureClass)
    expect(changes).toEqual([])
  })

  test('does not end a series of consecutive failures by a neutral outcome', () => {
    const { routes, send, stateOf } = routePoolHarness()
    for (let count = 0; count < defaultBreakerSettings.consecutiveFailures; count++) {
      send(routes.a, 'capacity_own_account')
      send(routes.a, 'timeout')
    }
    expect(stateOf(routes.a)).toBe('open')
  })

  test.each<[string, number | null, number]>([
    ['until the reset that the provider names', 900_000, 900_000],
    ['for five minutes when the provider names no reset', null, QUOTA_REST_MS],
  ])('opens it for an exhausted quota %s', (_, wait, expected) => {
    const { routes, send, waitOf } = routePoolHarness()
    send(routes.a, wait === null ? 'quota_exhausted_until_reset' : ['quota_exhausted_until_reset', wait])
    expect([waitOf(routes.a), waitOf(routes.other)]).toEqual([expected, 0])
  })

  test.each(['rate_limited_upstream', 'upstream_error', 'timeout'] as const)(
    'opens it until the reset when a single %s names one that is more than five minutes away',
    (failure) => {
      const { routes, send, waitOf } = routePoolHarness()
      send(routes.a, [failure, 300_000])
      expect(waitOf(routes.a)).toBe(0)
      send(routes.a, [failure, 7_200_000])
      expect(waitOf(routes.a)).toBe(7_200_000)
    },
  )
})

describe('routePool, about a probe,', () => {
  /** A harness in which route `a` is due for a probe. */
  const dueForProbe = (keys: { a?: string[] } = {}) => {
    const harness = routePoolHarness(keys)
    harness.openBreaker(harness.routes.a)
    harness.clock.ms += defaultBreakerSettings.firstRestMs
    return harness
  }

  test('lets one request probe and refuses others meanwhile', () => {
    const { clock, pool, routes, lease } = dueForProbe()
    expect(lease(routes.a).probe).toBe(true)
    expect(pool.acquire(routes.a)).toEqual({ ok: false, until: clock.ms + defaultBreakerSettings.probeMs })
  })

  test.each<['ok' | FailureClass, string]>([
    ['ok', 'closed'],
    ...classes
      .filter(
        (failureClass) =>
          handlingOf(failureClass).breaker === 'no' &&
          !handlingOf(failureClass).keyProblem &&
          failureClass !== 'aborted',
      )
      .map((failureClass): [FailureClass, string] => [failureClass, 'closed']),
    ['timeout', 'open'],
    ['upstream_error', 'open'],
    ['network', 'open'],
    ['quota_exhausted_until_reset', 'open'],
  ])('leaves the route $1 when the probe ends as %s', (outcome, expected) => {
    const { routes, send, stateOf } = dueForProbe()
    send(routes.a, outcome)
    expect(stateOf(routes.a)).toBe(expected)
  })

  test.each([
    ['was not sent', null],
    ['was aborted', 'aborted'],
  ] as const)('lets the next request probe again when the probe %s', (_, outcome) => {
    const { routes, send, stateOf, lease } = dueForProbe()
    send(routes.a, outcome)
    expect(stateOf(routes.a)).toBe('open')
    expect(lease(routes.a).probe).toBe(true)
  })

  test('lets the next request probe with the other key when the key was rejected', () => {
    const { routes, send, lease, stateOf } = dueForProbe()
    const rejectedKey = send(routes.a, 'auth')
    expect(stateOf(routes.a)).toBe('open')
    const again = lease(routes.a)
    expect(again.probe).toBe(true)
    expect(again.key.reveal()).not.toBe(rejectedKey)
  })

  test('waits for the rest of the only key when that key was rejected', () => {
    const { routes, send, waitOf } = dueForProbe({ a: ['sk-only'] })
    send(routes.a, 'auth')
    expect(waitOf(routes.a)).toBe(30_000)
  })

  test('is not decided by the outcome of a request that was sent before the breaker opened', () => {
    const { pool, clock, routes, lease, stateOf, openBreaker } = routePoolHarness()
    const slow = lease(routes.a)
    const sentAt = clock.ms
    openBreaker(routes.a)
    clock.ms += defaultBreakerSettings.firstRestMs
    const probe = lease(routes.a)
    pool.release(slow, attemptOf(routes.a, 'ok', sentAt, 5000))
    expect(stateOf(routes.a)).toBe('half_open')
    pool.release(probe, attemptOf(routes.a, 'ok', clock.ms, 1))
    expect(stateOf(routes.a)).toBe('closed')
  })
})

test('routePool adopts what another worker found about known routes', () => {
  const { pool, clock, routes, changes, waitOf } = routePoolHarness()
  const health = {
    state: 'open' as const,
    until: start + 7000,
    reason: 'timeout',
    openings: 1,
    at: start + 1,
  }
  pool.adopt({ provider: 'a', model: 'one' }, health)
  pool.adopt({ provider: 'nobody', model: 'one' }, health)
  expect([waitOf(routes.a), waitOf(routes.other), changes]).toEqual([7000, 0, []])
  clock.ms = start + 7000
  expect(waitOf(routes.a)).toBe(0)
})

test('routePool averages the latencies of answers only, with a weight of a fifth for the newest', () => {
  const { pool, routes, send } = routePoolHarness()
  expect(pool.latencyOf(routes.a)).toBeNull()
  send(routes.a, 'timeout', 20_000)
  send(routes.a, 'aborted', 5000)
  send(routes.a, 'ok', 1000)
  send(routes.a, 'ok', 2000)
  expect([pool.latencyOf(routes.a), pool.latencyOf(routes.other)]).toEqual([1200, null])
})
