import { describe, expect, test } from 'vitest'
import { attemptOf, routePoolHarness } from '../testing/route-pool-harness.ts'
import { defaultBreakerSettings } from './breaker.ts'

describe('routePool.tryNewKeys', () => {
  test.each(['auth', 'provider_credit_exhausted'] as const)(
    'lets one request probe at once with a new key after %s',
    (failureClass) => {
      const { clock, routes, rings, pool, changes, send, waitOf, lease, stateOf } = routePoolHarness({
        a: ['sk-only'],
      })
      send(routes.a, failureClass)
      pool.tryNewKeys()
      expect([waitOf(routes.a) > 0, changes]).toEqual([true, [`a/one open ${failureClass}`]])
      rings.a.replace(['sk-new'])
      pool.tryNewKeys()
      pool.tryNewKeys()
      expect(changes).toEqual([`a/one open ${failureClass}`, `a/one open ${failureClass}`])
      expect(pool.healths()[0]?.health.until).toBe(clock.ms)
      const probe = lease(routes.a)
      expect([probe.probe, probe.key.reveal()]).toEqual([true, 'sk-new'])
      pool.tryNewKeys()
      expect(pool.acquire(routes.a).ok).toBe(false)
      pool.release(probe, attemptOf(routes.a, 'ok', clock.ms, 1))
      expect(stateOf(routes.a)).toBe('closed')
    },
  )

  test('lets the route rest again when the new key is rejected too', () => {
    const { routes, rings, pool, send, waitOf } = routePoolHarness({ a: ['sk-only'] })
    send(routes.a, 'provider_credit_exhausted')
    rings.a.replace(['sk-only', 'sk-new'])
    pool.tryNewKeys()
    expect(send(routes.a, 'auth')).toBe('sk-new')
    pool.tryNewKeys()
    expect(waitOf(routes.a)).toBe(30_000)
  })

  test('does not end the rest when the same keys are read again or keys are removed', () => {
    const { routes, rings, pool, send, waitOf } = routePoolHarness()
    send(routes.a, 'auth')
    send(routes.a, 'auth')
    for (const keys of [['sk-a-1', 'sk-a-2'], ['sk-a-1']]) {
      rings.a.replace(keys)
      pool.tryNewKeys()
      expect(waitOf(routes.a)).toBe(30_000)
    }
  })

  test('does not end a rest that keys did not cause', () => {
    const { clock, routes, rings, pool, changes, send, openBreaker, waitOf } = routePoolHarness({ a: ['sk-only'] })
    openBreaker(routes.a)
    send(routes.other, ['quota_exhausted_until_reset', 60_000])
    pool.adopt(routes.b, { state: 'open', until: clock.ms + 7000, reason: 'timeout', openings: 1, at: clock.ms + 1 })
    const before = [...changes]
    rings.a.replace(['sk-new'])
    rings.b.replace(['sk-b-new'])
    pool.tryNewKeys()
    expect([waitOf(routes.a), waitOf(routes.other), waitOf(routes.b)]).toEqual([
      defaultBreakerSettings.firstRestMs,
      60_000,
      7000,
    ])
    expect(changes).toEqual(before)
  })
})
