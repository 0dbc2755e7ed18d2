import { expect, test } from 'vitest'
import { forecastOf } from './forecast.ts'

test.each([
  ['half of a month of 30 days', '2026-11-01', '1.5', '15', '3'],
  ['a third of a month of 31 days', '2026-12-01', '1', '10.3333333333333333', '3'],
  ['a February of 28 days', '2026-02-01', '0.07', '7', '0.28'],
  ['a February of 29 days', '2028-02-01', '0.29', '14.5', '0.58'],
  ['the first second of a month, which counts as a whole day', '2026-11-01', '0.002', '0.0000115', '0.06'],
  ['the whole month', '2026-11-01', '12.34567891', '30', '12.34567891'],
  ['a cost with more digits than are shown', '2026-11-01', '0.000000000123', '15', '0'],
  ['nothing spent', '2026-11-01', '0', '3.5', '0'],
])(
  'forecastOf %s multiplies the cost by the days of the month over the elapsed ones',
  (_what, month, spentUsd, elapsedDays, cost) => {
    const forecast = forecastOf({ month, spentUsd, elapsedDays })
    expect(forecast).toMatchObject({ month: month.slice(0, 7), spent_usd: spentUsd, cost_usd: cost })
  },
)
