import type { Language } from './define-texts.ts'

const locales: Record<Language, string> = { en: 'en-GB', pl: 'pl-PL' }

/** Money of the API: a decimal string in USD. A sum below a cent keeps two digits that are not zero. */
const moneyOptions = (usd: number): Intl.NumberFormatOptions =>
  Math.abs(usd) >= 0.01 || usd === 0
    ? { style: 'currency', currency: 'USD' }
    : { style: 'currency', currency: 'USD', minimumFractionDigits: 2, maximumSignificantDigits: 2 }

export const createFormat = (language: Language) => {
  const locale = locales[language]
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  const second = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' })
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
  const timeToSecond = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' })
  const utcDay = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
  const days = new Intl.NumberFormat(locale, { style: 'unit', unit: 'day', unitDisplay: 'long' })
  return {
    number: (value: number): string => whole.format(value),
    /** Of a share from 0 to 1. */
    percent: (share: number): string => percent.format(share),
    /** Of a decimal string in USD. */
    money: (usd: string): string => new Intl.NumberFormat(locale, moneyOptions(Number(usd))).format(Number(usd)),
    /** Day and time of an ISO 8601 time, in the person's time zone. */
    moment: (iso: string): string => moment.format(new Date(iso)),
    /** The same with seconds. */
    second: (iso: string): string => second.format(new Date(iso)),
    /** The time alone, to the second. */
    time: (iso: string): string => timeToSecond.format(new Date(iso)),
    /** A day of UTC, such as 2026-11-28: the same day in each time zone. */
    utcDay: (date: string): string => utcDay.format(new Date(date)),
    /** The day of an ISO 8601 time, in the person's time zone. */
    day: (iso: string): string => day.format(new Date(iso)),
    /** The time alone when it is today, or else with its day. */
    soon: (date: Date): string => (date.toDateString() === new Date().toDateString() ? time : moment).format(date),
    /** A length of time that is known in whole days. */
    days: (count: number): string => days.format(count),
    /** A length of time in words, from seconds to days. */
    duration: (seconds: number): string => {
      const [unit, size] =
        seconds < 120
          ? (['second', 1] as const)
          : seconds < 7_200
            ? (['minute', 60] as const)
            : seconds < 172_800
              ? (['hour', 3_600] as const)
              : (['day', 86_400] as const)
      return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(
        Math.round(seconds / size),
      )
    },
  }
}

export type Format = ReturnType<typeof createFormat>
