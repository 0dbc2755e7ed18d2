import { describe, expect, test } from 'vitest'
import { inTime, secondsUntil } from './interval.ts'

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('the time until a card comes', () => {
  const from = Date.parse('2026-11-29T10:00:00Z')
  test.each([
    [{ due: '2026-11-29T10:10:00.000000Z', scheduled_days: 0 }, 600],
    // The clock of the browser is wrong.
    [{ due: '2026-11-29T08:10:00.000000Z', scheduled_days: 0 }, 60],
    [{ due: '2026-12-09T23:00:00.000000Z', scheduled_days: 8 }, 8 * 86_400],
  ])('of %j is %i s', (preview, seconds) => {
    expect(secondsUntil(preview, from)).toBe(seconds)
  })
})

test.each([
  [60, 'in 1 minute', 'za 1 minutę'],
  [330, 'in 6 minutes', 'za 6 minut'],
  [3_569, 'in 59 minutes', 'za 59 minut'],
  [3_599, 'in 1 hour', 'za 1 godzinę'],
  [7_200, 'in 2 hours', 'za 2 godziny'],
  [86_400, 'in 1 day', 'za 1 dzień'],
  [59 * 86_400, 'in 59 days', 'za 59 dni'],
  [136 * 86_400, 'in 4.5 months', 'za 4,5 miesiąca'],
  [800 * 86_400, 'in 2.2 years', 'za 2,2 roku'],
])('what comes after %i s comes %s, and %s', (seconds, english, polish) => {
  expect([plain(inTime(seconds, 'en')), plain(inTime(seconds, 'pl'))]).toEqual([english, polish])
})
