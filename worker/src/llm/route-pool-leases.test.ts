import { describe, expect, test } from 'vitest'
import { attemptOf, routePoolHarness } from '../testing/route-pool-harness.ts'
import { defaultBreakerSettings } from './breaker.ts'

describe('routePool, about leases that were given before,', () => {
  test('lets none of them leave after the breaker opened, and all after it closed again', () => {
    const { clock, routes, pool, lease, openBreaker } = routePoolHarness()
    const [own, other] = [lease(routes.a), lease(routes.other)]
    expect([own.mayLeave(), other.mayLeave()]).toEqual([true, true])
    openBreaker(routes.a)
    expect([own.mayLeave(), other.mayLeave()]).toEqual([false, true])
    clock.ms += defaultBreakerSettings.longestRestMs
    const probe = lease(routes.a)
    expect([own.mayLeave(), probe.mayLeave()]).toEqual([false, true])
    pool.release(probe, attemptOf(routes.a, 'ok', clock.ms, 100))
    expect(own.mayLeave()).toBe(true)
  })

  test.each(['auth', 'provider_credit_exhausted'] as const)(
    'lets none leave whose key was rejected as %s',
    (outcome) => {
      const { clock, routes, pool, lease } = routePoolHarness()
      const [first, second, third] = [lease(routes.a), lease(routes.other), lease(routes.other)]
      expect([first.key, third.key]).toEqual([third.key, first.key])
      pool.release(first, attemptOf(routes.a, outcome, clock.ms, 100))
      expect([second.mayLeave(), third.mayLeave()]).toEqual([true, false])
    },
  )

  test('lets none leave whose key was taken out of its ring', () => {
    const { routes, rings, lease } = routePoolHarness()
    const own = lease(routes.b)
    rings.b.replace(['sk-new'])
    expect([own.mayLeave(), lease(routes.b).mayLeave()]).toEqual([false, true])
  })
})
