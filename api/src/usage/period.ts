import { AppError } from '@recto/shared/errors'

/** Days as YYYY-MM-DD in UTC, both inclusive. */
export type Period = { from: string; to: string }

const dayMs = 86_400_000

/** A leap year. */
export const longestDays = 366

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

const invalid = (path: string, message: string) =>
  new AppError('invalid_request', undefined, { issues: [{ path, message }] })

/**
 * The days of a request. Without `to` the period ends today, without `from` it begins on the first of the month of
 * `to`. `now`: epoch milliseconds.
 * @throws AppError invalid_request when `from` is after `to`, or the period is longer than a year
 */
export const periodOf = (named: { from?: string | undefined; to?: string | undefined }, now: number): Period => {
  const to = named.to ?? dayOf(now)
  const from = named.from ?? `${to.slice(0, 8)}01`
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1
  if (days < 1) throw invalid('from', 'must not be after to')
  if (days > longestDays) throw invalid('from', `must be at most ${longestDays} days before to`)
  return { from, to }
}
