import { expect, it } from 'vitest'
import { isOldPrice, priceAgeDays } from './price-age.ts'

it.each([
  ['2026-01-01T00:00:00Z', 0, false],
  ['2025-12-01T00:00:00Z', 0, false],
  ['2026-04-01T23:59:59Z', 90, false],
  ['2026-04-02T00:00:00Z', 91, true],
])('a price of 2026-01-01 is old after 90 days: %s', (now, days, isOld) => {
  const ms = Date.parse(now)
  expect([priceAgeDays('2026-01-01', ms), isOldPrice('2026-01-01', ms)]).toEqual([days, isOld])
})
