import { AppError } from '@recto/shared/errors'

/** Days as YYYY-MM-DD in UTC, both inclusive. */
export type Period = { from: string; to: string }

const dayMs = 86_400_000

/** A year, and one day for the one in between. */
export const longestDays = 366

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

const invalid = (path: string, message: string) =>
  new AppError('invalid_request', undefined, { issues: [{ path, message }] })

/**
 * The days that a request is about: without `to` up to today, without `from` from the first of the month of `to`.
 * @throws AppError invalid_request for days in the wrong order, or more than a year of them.
 */
export const periodOf = (named: { from?: string | undefined; to?: string | undefined }, now: number): Period => {
  const to = named.to ?? dayOf(now)
  const from = named.from ?? `${to.slice(0, 8)}01`
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1
  if (days < 1) throw invalid('from', 'must not be after to')
  if (days > longestDays) throw invalid('from', `must be at most ${longestDays} days before to`)
  return { from, to }
}
