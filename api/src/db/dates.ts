import { z } from 'zod'

/** ISO 8601 has a year 0, Postgres has none. */
const hasYear = (text: string): boolean => !text.startsWith('0000')

/** A day that Postgres can hold, as YYYY-MM-DD. */
export const Day = z.iso
  .date('must be a day such as 2026-11-21')
  .refine(hasYear, 'must be a day from 0001-01-01 to 9999-12-31')

/** A time in UTC that Postgres can hold. Rows have six digits behind the second, JSON of Postgres has up to six. */
export const Time = z.iso.datetime().refine(hasYear)
