import { divideMoney, maxMoney, multiplyMoney } from '@recto/shared/money'

/** What this month has cost so far: its first day as YYYY-MM-DD, USD, and how many of its days have passed, as decimals. */
export type MonthSoFar = { month: string; spentUsd: string; elapsedDays: string }

export type Forecast = { month: string; spent_usd: string; cost_usd: string; method: string }

const method =
  'The cost of this month up to now, divided by the share of the month that has passed (at least a day of it).'

const daysOf = (month: string): number => {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number, 0)).getUTCDate()
}

/** What the whole month will have cost if the rest of it is like the part that has passed. */
export const forecastOf = ({ month, spentUsd, elapsedDays }: MonthSoFar): Forecast => {
  const passed = maxMoney(elapsedDays, '1')
  return {
    month: month.slice(0, 7),
    spent_usd: spentUsd,
    cost_usd: divideMoney(multiplyMoney(spentUsd, String(daysOf(month))), passed, 8),
    method,
  }
}
