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

const hourMs = 3_600_000
const dayMs = 24 * hourMs

describe('routePool, about a quota of a key alone,', () => {
  test('uses the other key of the route, and lets the route rest when every key is used up', () => {
    const { routes, send, waitOf, changes, clock } = routePoolHarness()
    const first = send(routes.a, ['quota_exhausted_until_reset', 20 * hourMs, 'of key'])
    expect(changes).toEqual([])
    expect(send(routes.a, 'ok')).not.toBe(first)
    expect(send(routes.a, 'ok')).not.toBe(first)
    send(routes.a, ['quota_exhausted_until_reset', 30 * hourMs, 'of key'])
    expect(waitOf(routes.a)).toBe(20 * hourMs)
    clock.ms += 20 * hourMs
    expect(send(routes.a, 'ok')).toBe(first)
  })

  test('lets the key rest for at most 31 days', () => {
    const { routes, send, waitOf } = routePoolHarness({ a: ['sk-only'] })
    send(routes.a, ['quota_exhausted_until_reset', 90 * dayMs, 'of key'])
    expect(waitOf(routes.a)).toBe(31 * dayMs)
  })

  test('tries another route first when the key alone is used up and no other key is left', () => {
    const { routes, send, pool, waitOf } = routePoolHarness({ a: ['sk-only'] })
    send(routes.a, ['quota_exhausted_until_reset', hourMs, 'of key'])
    expect([waitOf(routes.a), pool.acquire(routes.b).ok]).toEqual([hourMs, true])
  })
})

describe('routePool.tryNewKeys, after a quota of the account,', () => {
  test('lets the route rest for days, and for one probe when a key has come since', () => {
    const { clock, routes, rings, pool, send, waitOf, lease } = routePoolHarness()
    send(routes.a, ['quota_exhausted_until_reset', 9 * dayMs])
    expect(waitOf(routes.a)).toBe(9 * dayMs)
    clock.ms += dayMs
    pool.tryNewKeys()
    rings.a.replace(['sk-a-1'])
    pool.tryNewKeys()
    rings.a.replace(['sk-a-1', 'sk-a-2'])
    expect(waitOf(routes.a)).toBe(8 * dayMs)
    rings.a.replace(['sk-a-1', 'sk-a-2', 'sk-new'])
    pool.tryNewKeys()
    const probe = lease(routes.a)
    expect(probe.probe).toBe(true)
    clock.ms += 1
    pool.release(probe, attemptOf(routes.a, ['quota_exhausted_until_reset', 8 * dayMs], clock.ms, 1))
    pool.tryNewKeys()
    expect(waitOf(routes.a)).toBe(8 * dayMs)
  })

  test('lets a worker probe once that read its keys after another worker found the quota used up', () => {
    const { clock, routes, pool, waitOf, lease } = routePoolHarness()
    const quota = { state: 'open', until: clock.ms + 3 * dayMs, reason: 'quota_exhausted_until_reset' } as const
    pool.adopt(routes.a, { ...quota, openings: 1, at: clock.ms - hourMs / 10 })
    pool.tryNewKeys()
    const probe = lease(routes.a)
    clock.ms += 1
    pool.release(probe, attemptOf(routes.a, ['quota_exhausted_until_reset', 3 * dayMs], clock.ms, 1))
    pool.tryNewKeys()
    expect([probe.probe, waitOf(routes.a)]).toEqual([true, 3 * dayMs])
    pool.adopt(routes.b, { ...quota, openings: 1, at: clock.ms + 1 })
    pool.tryNewKeys()
    expect(pool.acquire(routes.b).ok).toBe(false)
  })
})
