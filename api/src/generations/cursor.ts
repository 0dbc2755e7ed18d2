import { AppError } from '@recto/shared/errors'
import { z } from 'zod'

/** Where a page ended: the order of the list is (created_at, id). */
export type Position = { created_at: string; id: string }

// Year 0 is a date to ISO 8601 and none to Postgres.
// Postgres leaves out trailing zeros of the microseconds.
const Time = z.iso.datetime().refine((time) => !time.startsWith('0000'))

const Parts = z.tuple([Time, z.guid()])

/** Opaque to callers, and safe in a URL as it stands. */
export const encodeCursor = ({ created_at, id }: Position): string =>
  Buffer.from(`${created_at} ${id}`).toString('base64url')

/** @throws AppError invalid_request when it is none of ours. */
export const decodeCursor = (cursor: string): Position => {
  const parsed = Parts.safeParse(Buffer.from(cursor, 'base64url').toString().split(' '))
  if (parsed.success) return { created_at: parsed.data[0], id: parsed.data[1] }
  throw new AppError('invalid_request', undefined, {
    issues: [{ path: 'cursor', message: 'must be a next_cursor of this list' }],
  })
}
