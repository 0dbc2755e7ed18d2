import { describe, expect, test } from 'vitest'
import { systemClock } from './clock.ts'

const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length

describe('system clock', () => {
  test('sleeps for as long as it is told', async () => {
    const began = performance.now()
    await systemClock.sleep(30, new AbortController().signal)
    expect(performance.now() - began).toBeGreaterThan(28)
  })
  test.each([
    ['before it begins', 0],
    ['while it lasts', 5],
  ])('ends a sleep without an error and without a timer when its signal aborts %s', async (_, afterMs) => {
    const controller = new AbortController()
    const before = timers()
    if (afterMs === 0) controller.abort('over')
    else setTimeout(() => controller.abort('over'), afterMs)
    const began = performance.now()
    await systemClock.sleep(60_000, controller.signal)
    expect(performance.now() - began).toBeLessThan(10_000)
    // A timer of another test in this process may have ended meanwhile.
    expect(timers()).toBeLessThanOrEqual(before)
  })
})
