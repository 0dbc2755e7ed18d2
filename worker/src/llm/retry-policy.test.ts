import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HELD_WAIT_MS, LONGEST_DELAY_MS } from '../deadlines.ts'
import { exampleRoute } from '../testing/example-route.ts'
import { type FailureClass, failureClasses, handlingOf } from './errors/failure.ts'
import { type CallFailure, callFailure } from './interpret.ts'
import { decisiveFailure, type FailedCall, isRetryable, nextCalls, retryPauseMs } from './retry-policy.ts'
import type { Route } from './route.ts'

const classes = Object.keys(failureClasses) as FailureClass[]
const narrow = exampleRoute({ provider: 'narrow', contextTokens: 1000 })
const a = exampleRoute({ provider: 'a' })
const b = exampleRoute({ provider: 'b' })
const wide = exampleRoute({ provider: 'wide', contextTokens: 100_000 })

const failureOf = (failureClass: FailureClass, retryAfterMs: number | null = null): CallFailure => ({
  ...callFailure(failureClass),
  retryAfterMs,
})

/** Parses a failed call: `a timeout`, or `a rate_limited 2000` with the provider's wait in milliseconds. */
const failedCall = (line: string): FailedCall => {
  const [provider, name, wait] = line.split(' ')
  const route = [narrow, a, b, wide].find((candidate) => candidate.provider === provider)
  const failureClass = classes.find((candidate) => candidate === name)
  if (!route || !failureClass) throw new Error(`not understood: ${line}`)
  return { route, failure: failureOf(failureClass, wait === undefined ? null : Number(wait)) }
}

/** The next calls as `provider`, or `provider +ms` with a pause. With `random` = 0 a hint gets no jitter. */
const callsAmong =
  (routes: Route[], random = 0) =>
  (...lines: string[]): string[] =>
    nextCalls(routes, lines.map(failedCall), random).map(({ route, pauseMs }) =>
      pauseMs === 0 ? route.provider : `${route.provider} +${pauseMs}`,
    )
const nextOfThree = callsAmong([a, b, wide])
const nextOfTwo = callsAmong([a, b])
const nextOfOne = callsAmong([a])

test('nextCalls offers every route in order and without a pause before the first call', () => {
  expect(nextOfThree()).toEqual(['a', 'b', 'wide'])
})

describe('nextCalls after one failed call of route a', () => {
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
    output_invalid: ['b', 'wide', 'a +500'],
    timeout: ['b', 'wide', 'a +500'],
    upstream_error: ['b', 'wide', 'a +500'],
    network: ['b', 'wide', 'a +500'],
    redirected: ['b', 'wide'],
    rate_limited: ['b', 'wide', 'a +500'],
    rate_limited_upstream: ['b', 'wide', 'a +500'],
    no_route_available: [],
    aborted: [],
  }
  test.each(classes)('follows the table for %s', (failureClass) => {
    expect(nextOfThree(`a ${failureClass}`)).toEqual(expected[failureClass])
  })
})

describe('nextCalls, about other routes,', () => {
  test('offers at most one after failures that the text may cause', () => {
    expect(nextOfThree('a refused', 'b refused')).toEqual([])
    expect(nextOfThree('a content_blocked', 'b refused')).toEqual([])
    expect(nextOfThree('a upstream_error', 'b refused')).toEqual(['wide'])
  })

  test('offers only routes with a larger window than the largest that was too small', () => {
    expect(callsAmong([b, narrow, wide])('b too_long')).toEqual(['wide'])
    expect(callsAmong([narrow, b, a, wide])('narrow too_long', 'b too_long')).toEqual(['wide'])
    expect(nextOfThree('wide too_long')).toEqual([])
  })

  test('offers none that has failed already', () => {
    expect(nextOfThree('a invalid_request', 'b no_route_for_policy')).toEqual(['wide'])
  })
})

describe('nextCalls, about the route that failed,', () => {
  test('offers it with another key before other routes when its key was rejected', () => {
    expect(nextOfThree('a auth', 'b provider_credit_exhausted')).toEqual(['b', 'wide'])
  })

  test('stops offering it with another key after ten rejected keys', () => {
    const lines: string[] = []
    while (nextOfOne(...lines).length > 0 && lines.length < 100) lines.push('a provider_credit_exhausted 0')
    expect(lines.length).toBe(10)
  })

  test('offers it as often as the table allows for the failure, with growing pauses', () => {
    expect(nextOfOne('a network')).toEqual(['a +500'])
    expect(nextOfOne('a network', 'a network')).toEqual(['a +1000'])
    expect(nextOfOne('a network', 'a network', 'a network')).toEqual([])
    expect(nextOfOne('a timeout', 'a timeout')).toEqual([])
  })

  test('counts retries per failure class, and allows two calls more than there are routes', () => {
    expect(nextOfOne('a timeout', 'a network')).toEqual(['a +1000'])
    expect(nextOfOne('a timeout', 'a network', 'a malformed_response')).toEqual([])
    const both = ['a upstream_error', 'b upstream_error', 'a network']
    expect(callsAmong([a, b])(...both)).toEqual(['b +2000', 'a +2000'])
    expect(callsAmong([a, b])(...both, 'b network')).toEqual([])
  })

  test('offers it after the wait that its provider asks for, plus jitter', () => {
    expect(nextOfOne('a rate_limited 2000')).toEqual(['a +2000'])
    expect(callsAmong([a], 0.5)('a rate_limited 2000')).toEqual(['a +2200'])
  })

  test('offers the route with the shortest pause first', () => {
    expect(callsAmong([a, b])('a rate_limited 4000', 'b rate_limited 1000')).toEqual(['b +1000', 'a +4000'])
  })

  test('offers the route first that failed longest ago, of those with equal pauses', () => {
    expect(nextOfTwo('a rate_limited', 'b upstream_error', 'a timeout')).toEqual(['b +2000', 'a +2000'])
    expect(nextOfTwo('b rate_limited', 'a upstream_error', 'b timeout')).toEqual(['a +2000', 'b +2000'])
  })

  test('does not offer it when its pause is longer than a worker waits', () => {
    expect(nextOfOne(`a rate_limited ${HELD_WAIT_MS}`)).toEqual([`a +${HELD_WAIT_MS}`])
    expect(nextOfOne(`a rate_limited ${HELD_WAIT_MS + 1}`)).toEqual([])
    expect(callsAmong([a], 0.1)(`a rate_limited ${HELD_WAIT_MS}`)).toEqual([])
  })

  test('does not offer it once another route has refused the text', () => {
    expect(nextOfThree('a network', 'b refused', 'wide refused')).toEqual([])
    expect(nextOfThree('a network', 'wide too_long')).toEqual([])
  })
})

test('nextCalls offers the same route with another key first after a quota of the key alone', () => {
  const ofKey: CallFailure = { ...failureOf('quota_exhausted_until_reset', 7_200_000), ofKey: true }
  const routesAfter = (failure: CallFailure) => nextCalls([a, b], [{ route: a, failure }], 0).map(({ route }) => route)
  expect(routesAfter(ofKey)).toEqual([a, b])
  expect(routesAfter(failureOf('quota_exhausted_until_reset', 7_200_000))).toEqual([b])
})

test('nextCalls ends every run, and at once after a truncated answer', () => {
  const routeFailures = classes.filter((failureClass) => handlingOf(failureClass).keyProblem === undefined)
  const next = fc.record({
    failureClass: fc.constantFrom(...routeFailures),
    wait: fc.option(fc.nat(10_000)),
    choice: fc.nat(3),
  })
  fc.assert(
    fc.property(fc.infiniteStream(next), fc.double({ min: 0, max: 0.99, noNaN: true }), (failures, random) => {
      const failed: FailedCall[] = []
      for (const { failureClass, wait, choice } of failures) {
        const calls = nextCalls([a, b, wide], failed, random)
        if (failed.some((call) => call.failure.class === 'truncated')) expect(calls).toEqual([])
        const call = calls[choice % Math.max(1, calls.length)]
        if (!call) break
        expect(call.pauseMs).toBeLessThanOrEqual(HELD_WAIT_MS)
        failed.push({ route: call.route, failure: failureOf(failureClass, wait) })
      }
      // Five calls with retries, and then up to two routes that were not tried yet.
      expect(failed.length).toBeLessThanOrEqual(7)
    }),
  )
})

describe('decisiveFailure', () => {
  const decisive = (...lines: string[]) => decisiveFailure(lines.map(failedCall))?.failure.class

  test('is the last failure that may pass, before one that will not', () => {
    expect(decisive('a timeout', 'b network', 'wide invalid_request')).toBe('network')
    expect(decisive('a invalid_request', 'b refused')).toBe('refused')
    expect(decisive()).toBeUndefined()
  })

  test('is an exhausted quota only when the provider says when it resets', () => {
    expect(decisive('a timeout', 'b quota_exhausted_until_reset')).toBe('timeout')
    expect(decisive('a timeout', 'b quota_exhausted_until_reset 600000')).toBe('quota_exhausted_until_reset')
  })
})

test('isRetryable is true for failures that may pass, and for a quota only if it resets within the longest delay', () => {
  const notRetryable = classes.filter((failureClass) => !isRetryable(failureOf(failureClass)))
  expect(notRetryable).toEqual([
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

describe('retryPauseMs', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

  test("is at least the provider's hint, and at most 20 % longer", () => {
    fc.assert(
      fc.property(fc.nat(2), fc.integer({ min: 1, max: 100_000 }), random, (retry, hintMs, drawn) => {
        const pause = retryPauseMs(retry, hintMs, drawn)
        expect(pause).toBeGreaterThanOrEqual(hintMs)
        expect(pause).toBeLessThanOrEqual(hintMs * 1.2)
      }),
    )
  })

  test('doubles with each retry, minus at most half, without a hint or with a hint of 0', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.constantFrom(null, 0), random, (retry, hintMs, drawn) => {
        const pause = retryPauseMs(retry, hintMs, drawn)
        expect(pause).toBeGreaterThanOrEqual(250 * 2 ** retry)
        expect(pause).toBeLessThanOrEqual(500 * 2 ** retry)
      }),
    )
  })
})
