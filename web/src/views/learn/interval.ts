import type { DueCard } from '@recto/client'
import type { Language } from '../../i18n/define-texts.ts'

type Preview = Pick<DueCard['schedule'], 'due' | 'scheduled_days'>

const units = [
  ['minute', 60],
  ['hour', 3_600],
  ['day', 86_400],
  ['month', 2_629_800],
  ['year', 31_557_600],
] as const

/**
 * How long it takes until a card comes, in seconds. Days are those of the API. Shorter times are counted from `from`, the
 * time of its answer in milliseconds, and are a minute at least.
 */
export const secondsUntil = ({ due, scheduled_days }: Preview, from: number): number =>
  scheduled_days > 0 ? scheduled_days * 86_400 : Math.max(60, (Date.parse(due) - from) / 1_000)

/** When something comes, as one says it: in minutes, hours, days up to two months, then in months and years. */
export const inTime = (seconds: number, language: Language): string => {
  const place = [3_570, 86_400, 60 * 86_400, 365 * 86_400].findIndex((end) => seconds < end)
  const [unit, size] = units[place === -1 ? 4 : place] ?? units[0]
  const tenths = unit === 'month' || unit === 'year' ? 10 : 1
  return new Intl.RelativeTimeFormat(language).format(Math.round((seconds / size) * tenths) / tenths, unit)
}
