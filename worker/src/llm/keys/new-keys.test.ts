import { expect, test } from 'vitest'
import { routePoolHarness } from '../../testing/route-pool-harness.ts'
import { usualBreaker } from '../breaker.ts'

test.each(['auth', 'provider_credit_exhausted'] as const)(
  'a new key after %s is tried at once, by one request',
  (kind) => {
    const { clock, routes, rings, board, told, send, waitOf, acquired, attemptOf, stateOf } = routePoolHarness({
      a: ['sk-only'],
    })
    send(routes.a, kind)
    board.tryNewKeys()
    expect([waitOf(routes.a) > 0, told]).toEqual([true, [`a/one open ${kind}`]])
    rings.a.replace(['sk-new'])
    board.tryNewKeys()
    board.tryNewKeys()
    expect(told).toEqual([`a/one open ${kind}`, `a/one open ${kind}`])
    expect(board.healths()[0]?.health.until).toBe(clock.ms)
    const probe = acquired(routes.a)
    expect([probe.probe, probe.key.reveal()]).toEqual([true, 'sk-new'])
    board.tryNewKeys()
    expect(board.acquire(routes.a).ok).toBe(false)
    board.release(probe, attemptOf(routes.a, 'ok', clock.ms, 1))
    expect(stateOf(routes.a)).toBe('closed')
  },
)

test('when the new key is refused too, the route rests again', () => {
  const { routes, rings, board, send, waitOf } = routePoolHarness({ a: ['sk-only'] })
  send(routes.a, 'provider_credit_exhausted')
  rings.a.replace(['sk-only', 'sk-new'])
  board.tryNewKeys()
  expect(send(routes.a, 'auth')).toBe('sk-new')
  board.tryNewKeys()
  expect(waitOf(routes.a)).toBe(30_000)
})

test('when old keys are read again, or taken away, the route rests on', () => {
  const { routes, rings, board, send, waitOf } = routePoolHarness()
  send(routes.a, 'auth')
  send(routes.a, 'auth')
  for (const keys of [['sk-a-1', 'sk-a-2'], ['sk-a-1']]) {
    rings.a.replace(keys)
    board.tryNewKeys()
    expect(waitOf(routes.a)).toBe(30_000)
  }
})

test('a new key is no reason to ask a route again that rests for itself', () => {
  const { clock, routes, rings, board, told, send, opened, waitOf } = routePoolHarness({ a: ['sk-only'] })
  opened(routes.a)
  send(routes.other, ['quota_exhausted_until_reset', 60_000])
  board.adopt(routes.b, { state: 'open', until: clock.ms + 7000, reason: 'timeout', openings: 1, at: clock.ms + 1 })
  const before = [...told]
  rings.a.replace(['sk-new'])
  rings.b.replace(['sk-b-new'])
  board.tryNewKeys()
  expect([waitOf(routes.a), waitOf(routes.other), waitOf(routes.b)]).toEqual([usualBreaker.firstRestMs, 60_000, 7000])
  expect(told).toEqual(before)
})
