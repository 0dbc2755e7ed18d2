import { describe, expect, test } from 'vitest'
import { CREDIT_REST_MS, KEY_REST_MS, QUOTA_REST_MS } from '../deadlines.ts'
import { exampleRoute } from '../testing/example-route.ts'
import { routePoolHarness, start } from '../testing/route-pool-harness.ts'
import { usualBreaker } from './breaker.ts'
import { type FailureClass, failureClasses, handlingOf } from './errors/failure.ts'

const kinds = Object.keys(failureClasses) as FailureClass[]

describe('the routes that can be used', () => {
  test('are those with a key, also while it rests', () => {
    const { board, routes, rings, send } = routePoolHarness({ b: [] })
    expect(board.usable()).toEqual([routes.a, routes.other])
    send(routes.a, 'auth')
    expect(board.usable()).toEqual([routes.a, routes.other])
    rings.b.replace(['sk-late'])
    expect(board.usable()).toEqual([routes.a, routes.other, routes.b])
  })

  test('without a key nothing leaves, and nothing says when', () => {
    const { board, routes } = routePoolHarness({ b: [] })
    expect(board.acquire(routes.b)).toEqual({ ok: false, until: Number.POSITIVE_INFINITY })
  })

  test('a route that is in no catalog is a defect', () => {
    const { board } = routePoolHarness()
    expect(() => board.acquire(exampleRoute({ provider: 'a', model: 'three' }))).toThrow('no such route: a three')
  })
})

describe('the keys of a provider', () => {
  test('take turns over all of its routes', () => {
    const { routes, send } = routePoolHarness()
    expect([send(routes.a, 'ok'), send(routes.other, 'ok'), send(routes.a, 'ok')]).toEqual([
      'sk-a-1',
      'sk-a-2',
      'sk-a-1',
    ])
  })

  test('rest after a 401, one by one; the provider does not', () => {
    const { routes, rings, send, stateOf } = routePoolHarness()
    expect([send(routes.a, 'auth'), send(routes.a, 'ok'), send(routes.other, 'ok')]).toEqual([
      'sk-a-1',
      'sk-a-2',
      'sk-a-2',
    ])
    expect([rings.a.restingCount(), stateOf(routes.a)]).toEqual([1, 'closed'])
  })

  test.each<[string, number | null, number]>([
    ['as long as the provider says', 600_000, 600_000],
    ['or five minutes', null, CREDIT_REST_MS],
    ['and never so shortly that the next request would fail like the last', 0, KEY_REST_MS],
  ])('rest without credit: %s', (_, wait, expected) => {
    const { routes, send, waitOf } = routePoolHarness({ a: ['sk-only'] })
    send(routes.a, wait === null ? 'provider_credit_exhausted' : ['provider_credit_exhausted', wait])
    expect(waitOf(routes.a)).toBe(expected)
    expect(waitOf(routes.other)).toBe(expected)
  })

  test('when the last of them rests, its route does, and says why', () => {
    const { routes, told, send, stateOf } = routePoolHarness()
    send(routes.a, 'auth')
    expect(told).toEqual([])
    send(routes.a, 'auth')
    expect([stateOf(routes.a), stateOf(routes.other), stateOf(routes.b)]).toEqual(['open', 'closed', 'closed'])
    expect(told).toEqual(['a/one open auth'])
  })

  test('afterwards one request tries the key', () => {
    const { clock, routes, board, send, waitOf, acquired, attemptOf } = routePoolHarness({ a: ['sk-only'] })
    send(routes.a, 'auth')
    clock.ms += waitOf(routes.a)
    const probe = acquired(routes.a)
    expect(probe.probe).toBe(true)
    expect(board.acquire(routes.a).ok).toBe(false)
    expect(board.acquire(routes.other).ok).toBe(false)
    board.release(probe, attemptOf(routes.a, 'ok', clock.ms, 1))
    expect([waitOf(routes.a), waitOf(routes.other)]).toEqual([0, 0])
  })

  test('learn nothing from a request that never arrived: the key is still on trial', () => {
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

describe('the breaker of a route', () => {
  test.each(kinds.filter((kind) => handlingOf(kind).breaker === 'counts'))('opens by %s', (kind) => {
    const { routes, send, stateOf, waitOf } = routePoolHarness()
    for (let n = 1; n < usualBreaker.failuresInARow; n++) send(routes.a, kind)
    expect(stateOf(routes.a)).toBe('closed')
    send(routes.a, kind)
    expect(stateOf(routes.a)).toBe('open')
    expect([waitOf(routes.a), waitOf(routes.other)]).toEqual([usualBreaker.firstRestMs, 0])
  })

  test.each(kinds.filter((kind) => handlingOf(kind).breaker === 'no' && !handlingOf(kind).key))(
    'is not touched by %s',
    (kind) => {
      const { routes, told, send } = routePoolHarness()
      for (let n = 0; n < 100; n++) send(routes.a, kind)
      expect(told).toEqual([])
    },
  )

  test('a neutral outcome does not end a row of failures', () => {
    const { routes, send, stateOf } = routePoolHarness()
    for (let n = 0; n < usualBreaker.failuresInARow; n++) {
      send(routes.a, 'capacity_own_account')
      send(routes.a, 'timeout')
    }
    expect(stateOf(routes.a)).toBe('open')
  })

  test.each<[string, number | null, number]>([
    ['until its reset', 900_000, 900_000],
    ['or five minutes', null, QUOTA_REST_MS],
  ])('is open for a quota that is used up: %s', (_, wait, expected) => {
    const { routes, send, waitOf } = routePoolHarness()
    send(routes.a, wait === null ? 'quota_exhausted_until_reset' : ['quota_exhausted_until_reset', wait])
    expect([waitOf(routes.a), waitOf(routes.other)]).toEqual([expected, 0])
  })
})

describe('a probe', () => {
  const rested = (keys: { a?: string[] } = {}) => {
    const breakerHarness = routePoolHarness(keys)
    breakerHarness.opened(breakerHarness.routes.a)
    breakerHarness.clock.ms += usualBreaker.firstRestMs
    return breakerHarness
  }

  test('is one request; the others are turned away meanwhile', () => {
    const { clock, board, routes, acquired } = rested()
    expect(acquired(routes.a).probe).toBe(true)
    expect(board.acquire(routes.a)).toEqual({ ok: false, until: clock.ms + usualBreaker.probeMs })
  })

  test.each<['ok' | FailureClass, string]>([
    ['ok', 'closed'],
    ...kinds
      .filter((kind) => handlingOf(kind).breaker === 'no' && !handlingOf(kind).key && kind !== 'aborted')
      .map((kind): [FailureClass, string] => [kind, 'closed']),
    ['timeout', 'open'],
    ['upstream_error', 'open'],
    ['network', 'open'],
    ['quota_exhausted_until_reset', 'open'],
  ])('that ends as %s leaves the route %s', (outcome, expected) => {
    const { routes, send, stateOf } = rested()
    send(routes.a, outcome)
    expect(stateOf(routes.a)).toBe(expected)
  })

  test.each([null, 'aborted'] as const)('that ends as %s is made again by the next', (outcome) => {
    const { routes, send, stateOf, acquired } = rested()
    send(routes.a, outcome)
    expect(stateOf(routes.a)).toBe('open')
    expect(acquired(routes.a).probe).toBe(true)
  })

  test('whose key was refused is made again with the other key', () => {
    const { routes, send, acquired, stateOf } = rested()
    const refused = send(routes.a, 'auth')
    expect(stateOf(routes.a)).toBe('open')
    const again = acquired(routes.a)
    expect(again.probe).toBe(true)
    expect(again.key.reveal()).not.toBe(refused)
  })

  test('whose only key was refused waits for that key', () => {
    const { routes, send, waitOf } = rested({ a: ['sk-only'] })
    send(routes.a, 'auth')
    expect(waitOf(routes.a)).toBe(30_000)
  })

  test('that an ordinary request overtakes is still the one that decides', () => {
    const { board, clock, routes, acquired, attemptOf, stateOf, opened } = routePoolHarness()
    const slow = acquired(routes.a)
    const sentAt = clock.ms
    opened(routes.a)
    clock.ms += usualBreaker.firstRestMs
    const probe = acquired(routes.a)
    board.release(slow, attemptOf(routes.a, 'ok', sentAt, 5000))
    expect(stateOf(routes.a)).toBe('half_open')
    board.release(probe, attemptOf(routes.a, 'ok', clock.ms, 1))
    expect(stateOf(routes.a)).toBe('closed')
  })
})

test('what another worker found is taken over, of known routes', () => {
  const { board, clock, routes, told, waitOf } = routePoolHarness()
  const health = {
    state: 'open' as const,
    until: start + 7000,
    reason: 'timeout',
    openings: 1,
    at: start + 1,
  }
  board.adopt({ provider: 'a', model: 'one' }, health)
  board.adopt({ provider: 'nobody', model: 'one' }, health)
  expect([waitOf(routes.a), waitOf(routes.other), told]).toEqual([7000, 0, []])
  clock.ms = start + 7000
  expect(waitOf(routes.a)).toBe(0)
})

test('latencies are of answers alone, the newest counting a fifth', () => {
  const { board, routes, send } = routePoolHarness()
  expect(board.latencyOf(routes.a)).toBeNull()
  send(routes.a, 'timeout', 20_000)
  send(routes.a, 'aborted', 5000)
  send(routes.a, 'ok', 1000)
  send(routes.a, 'ok', 2000)
  expect([board.latencyOf(routes.a), board.latencyOf(routes.other)]).toEqual([1200, null])
})
