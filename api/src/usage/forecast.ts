import { divideMoney, maxMoney, multiplyMoney } from '@recto/shared/money'

/** The current month: its first day as YYYY-MM-DD, its cost in USD and its elapsed days, both as decimal strings. */
export type MonthSoFar = { month: string; spentUsd: string; elapsedDays: string }

export type Forecast = { month: string; spent_usd: string; cost_usd: string; method: string }

const method =
  'The cost of this month up to now, divided by the share of the month that has passed (at least a day of it).'

const daysOf = (month: string): number => {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number, 0)).getUTCDate()
}

/**
 * The forecast of a month: its cost so far, divided by the elapsed share of the month, of which at least one day
 * counts.
 */
export const forecastOf = ({ month, spentUsd, elapsedDays }: MonthSoFar): Forecast => {
  const passed = maxMoney(elapsedDays, '1')
  return {
    month: month.slice(0, 7),
    spent_usd: spentUsd,
    cost_usd: divideMoney(multiplyMoney(spentUsd, String(daysOf(month))), passed, 8),
    method,
  }
}
