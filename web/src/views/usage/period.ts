/** Days of UTC as YYYY-MM-DD, both inclusive: the API counts usage by them. */
export type Period = { from: string; to: string }

export const periodNames = ['month', 'last_month', 'week', 'days_30', 'days_90', 'custom'] as const
export type PeriodName = (typeof periodNames)[number]

const dayMs = 86_400_000
/** The longest period that the API sums up. */
const mostDays = 366

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

/** The days of a named period. `now`: epoch milliseconds. */
export const periodOf = (name: Exclude<PeriodName, 'custom'>, now: number): Period => {
  const today = new Date(now)
  const [year, month] = [today.getUTCFullYear(), today.getUTCMonth()]
  const last = (days: number): Period => ({ from: dayOf(now - (days - 1) * dayMs), to: dayOf(now) })
  switch (name) {
    case 'month':
      return { from: dayOf(Date.UTC(year, month, 1)), to: dayOf(now) }
    case 'last_month':
      return { from: dayOf(Date.UTC(year, month - 1, 1)), to: dayOf(Date.UTC(year, month, 0)) }
    case 'week':
      return last(7)
    case 'days_30':
      return last(30)
    case 'days_90':
      return last(90)
  }
}

export type PeriodProblem = 'missing' | 'order' | 'long'

/** Why the API would not sum up these days; null when it would. */
export const periodProblem = ({ from, to }: Period): PeriodProblem | null => {
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1
  if (Number.isNaN(days)) return 'missing'
  if (days < 1) return 'order'
  return days > mostDays ? 'long' : null
}

/** Every day of a period, in order. */
export const daysOf = ({ from, to }: Period): string[] => {
  const [first, last] = [Date.parse(from), Date.parse(to)]
  return Array.from({ length: Math.max(0, (last - first) / dayMs + 1) }, (_, index) => dayOf(first + index * dayMs))
}
