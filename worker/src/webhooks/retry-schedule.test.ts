import { expect, test } from 'vitest'
import { secondsUntilRetry } from './retry-schedule.ts'

test('secondsUntilRetry follows the schedule of Standard Webhooks and gives up after ten tries', () => {
  const all = Array.from({ length: 11 }, (_, n) => secondsUntilRetry(n + 1, null, 0))
  expect(all).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, null, null])
})

test.each([
  ['adds a tenth at most', 1, null, 1, 5.5],
  ['waits as long as Retry-After asks', 1, 120, 0.5, 120],
  ['waits as long as the schedule says when Retry-After asks for less', 2, 1, 0, 300],
  ['waits a day at most for Retry-After', 1, 999_999_999, 0, 86_400],
  ['gives up after ten tries, whatever Retry-After asks', 10, 60, 0, null],
] as const)('secondsUntilRetry %s', (_, tries, retryAfter, random, expected) => {
  expect(secondsUntilRetry(tries, retryAfter, random)).toBe(expected)
})
