import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HELD_WAIT_MS, LONGEST_DELAY_MS } from '../deadlines.ts'
import { exampleRoute } from '../testing/example-route.ts'
import { type FailureClass, failureClasses, handlingOf } from './errors/failure.ts'
import { type CallFailure, callFailure } from './interpret.ts'
import { decisiveFailure, isRetryable, nextSteps, type Tried } from './retry-policy.ts'
import type { Route } from './route.ts'

const kinds = Object.keys(failureClasses) as FailureClass[]
const narrow = exampleRoute({ provider: 'narrow', contextTokens: 1000 })
const a = exampleRoute({ provider: 'a' })
const b = exampleRoute({ provider: 'b' })
const wide = exampleRoute({ provider: 'wide', contextTokens: 100_000 })

const failureOf = (kind: FailureClass, retryAfterMs: number | null = null): CallFailure => ({
  ...callFailure(kind),
  retryAfterMs,
})

/** `a timeout`, or `a rate_limited 2000` with the wait that was told. */
const happened = (line: string): Tried => {
  const [provider, name, wait] = line.split(' ')
  const route = [narrow, a, b, wide].find((one) => one.provider === provider)
  const kind = kinds.find((one) => one === name)
  if (!route || !kind) throw new Error(`not understood: ${line}`)
  return { route, failure: failureOf(kind, wait === undefined ? null : Number(wait)) }
}

/** What may follow, as `provider`, or `provider +ms` after a pause. Without chance, nothing is added to it. */
const among =
  (routes: Route[], random = 0) =>
  (...lines: string[]): string[] =>
    nextSteps(routes, lines.map(happened), random).map(({ route, pauseMs }) =>
      pauseMs === 0 ? route.provider : `${route.provider} +${pauseMs}`,
    )
const after = among([a, b, wide])
const alone = among([a])

test('at first every route may be asked, in order, at once', () => {
  expect(after()).toEqual(['a', 'b', 'wide'])
})

describe('after one failure', () => {
  const expected: Record<FailureClass, string[]> = {
    truncated: [],
    refused: ['b', 'wide'],
    content_blocked: ['b', 'wide'],
    too_long: ['wide'],
    invalid_request: ['b', 'wide'],
    no_route_for_policy: ['b', 'wide'],
    capacity_own_account: ['b', 'wide'],
    quota_exhausted_until_reset: ['b', 'wide'],
    auth: ['a', 'b', 'wide'],
    provider_credit_exhausted: ['a', 'b', 'wide'],
    malformed_response: ['b', 'wide', 'a +500'],
    timeout: ['b', 'wide', 'a +500'],
    upstream_error: ['b', 'wide', 'a +500'],
    network: ['b', 'wide', 'a +500'],
    rate_limited: ['b', 'wide', 'a +500'],
    rate_limited_upstream: ['b', 'wide', 'a +500'],
    no_route_available: [],
    aborted: [],
  }
  test.each(kinds)('%s', (kind) => {
    expect(after(`a ${kind}`)).toEqual(expected[kind])
  })
})

describe('another route', () => {
  test('is asked at most once for what the text itself may have caused', () => {
    expect(after('a refused', 'b refused')).toEqual([])
    expect(after('a content_blocked', 'b refused')).toEqual([])
    expect(after('a upstream_error', 'b refused')).toEqual(['wide'])
  })

  test('must be wider than the widest that was too narrow', () => {
    expect(among([b, narrow, wide])('b too_long')).toEqual(['wide'])
    expect(among([narrow, b, a, wide])('narrow too_long', 'b too_long')).toEqual(['wide'])
    expect(after('wide too_long')).toEqual([])
  })

  test('is none that has failed already', () => {
    expect(after('a invalid_request', 'b no_route_for_policy')).toEqual(['wide'])
  })
})

describe('the same route', () => {
  test('with another key comes before another route', () => {
    expect(after('a auth', 'b provider_credit_exhausted')).toEqual(['b', 'wide'])
  })

  test('with another key is not asked for ever', () => {
    const lines: string[] = []
    while (alone(...lines).length > 0 && lines.length < 100) lines.push('a provider_credit_exhausted 0')
    expect(lines.length).toBe(10)
  })

  test('is asked again as often as its failure allows, with growing pauses', () => {
    expect(alone('a network')).toEqual(['a +500'])
    expect(alone('a network', 'a network')).toEqual(['a +1000'])
    expect(alone('a network', 'a network', 'a network')).toEqual([])
    expect(alone('a timeout', 'a timeout')).toEqual([])
  })

  test('may be asked for each kind of failure, but no more than two requests beyond one for each route', () => {
    expect(alone('a timeout', 'a network')).toEqual(['a +1000'])
    expect(alone('a timeout', 'a network', 'a malformed_response')).toEqual([])
    const both = ['a upstream_error', 'b upstream_error', 'a network']
    expect(among([a, b])(...both)).toEqual(['a +2000', 'b +2000'])
    expect(among([a, b])(...both, 'b network')).toEqual([])
  })

  test('is waited for as its provider asks, with jitter on top', () => {
    expect(alone('a rate_limited 2000')).toEqual(['a +2000'])
    expect(among([a], 0.5)('a rate_limited 2000')).toEqual(['a +2200'])
  })

  test('whose pause is the shortest is first', () => {
    expect(among([a, b])('a rate_limited 4000', 'b rate_limited 1000')).toEqual(['b +1000', 'a +4000'])
  })

  test('is left to the queue when its pause would hold the worker', () => {
    expect(alone(`a rate_limited ${HELD_WAIT_MS}`)).toEqual([`a +${HELD_WAIT_MS}`])
    expect(alone(`a rate_limited ${HELD_WAIT_MS + 1}`)).toEqual([])
    expect(among([a], 0.1)(`a rate_limited ${HELD_WAIT_MS}`)).toEqual([])
  })

  test('is not asked again once a route has said no to the text', () => {
    expect(after('a network', 'b refused', 'wide refused')).toEqual([])
    expect(after('a network', 'wide too_long')).toEqual([])
  })
})

test('whatever fails, a run ends; after a truncated answer at once', () => {
  const ofRoute = kinds.filter((kind) => handlingOf(kind).key === undefined)
  const next = fc.record({ kind: fc.constantFrom(...ofRoute), wait: fc.option(fc.nat(10_000)), which: fc.nat(3) })
  fc.assert(
    fc.property(fc.infiniteStream(next), fc.double({ min: 0, max: 0.99, noNaN: true }), (failures, random) => {
      const tried: Tried[] = []
      for (const { kind, wait, which } of failures) {
        const steps = nextSteps([a, b, wide], tried, random)
        if (tried.some((one) => one.failure.class === 'truncated')) expect(steps).toEqual([])
        const step = steps[which % Math.max(1, steps.length)]
        if (!step) break
        expect(step.pauseMs).toBeLessThanOrEqual(HELD_WAIT_MS)
        tried.push({ route: step.route, failure: failureOf(kind, wait) })
      }
      // Five in all, and after these each route that was not asked yet.
      expect(tried.length).toBeLessThanOrEqual(7)
    }),
  )
})

describe('a run ends with', () => {
  const end = (...lines: string[]) => decisiveFailure(lines.map(happened))?.failure.class

  test('the last failure that may pass, before one that will not', () => {
    expect(end('a timeout', 'b network', 'wide invalid_request')).toBe('network')
    expect(end('a invalid_request', 'b refused')).toBe('refused')
    expect(end()).toBeUndefined()
  })

  test('a quota only when it is told when it ends', () => {
    expect(end('a timeout', 'b quota_exhausted_until_reset')).toBe('timeout')
    expect(end('a timeout', 'b quota_exhausted_until_reset 600000')).toBe('quota_exhausted_until_reset')
  })
})

test('the queue tries again what may pass; a quota only if it ends within the longest delay', () => {
  const never = kinds.filter((kind) => !isRetryable(failureOf(kind)))
  expect(never).toEqual([
    'truncated',
    'refused',
    'too_long',
    'invalid_request',
    'no_route_for_policy',
    'provider_credit_exhausted',
    'content_blocked',
    'quota_exhausted_until_reset',
  ])
  const quota = (wait: number | null) => isRetryable(failureOf('quota_exhausted_until_reset', wait))
  expect([null, 0, LONGEST_DELAY_MS, LONGEST_DELAY_MS + 1].map(quota)).toEqual([false, true, true, false])
})
