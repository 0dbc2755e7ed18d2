import { AppError } from '@recto/shared/errors'
import { z } from 'zod'
import { Time } from '../db/dates.ts'

/** The last generation of a page, in the order of the list: (created_at, id). */
export type Position = { created_at: string; id: string }

const Parts = z.tuple([Time, z.guid()])

/** The position as an opaque text that needs no escaping in a URL. */
export const encodeCursor = ({ created_at, id }: Position): string =>
  Buffer.from(`${created_at} ${id}`).toString('base64url')

/**
 * The position that a cursor holds.
 * @throws AppError invalid_request when it is not a cursor of this list
 */
export const decodeCursor = (cursor: string): Position => {
  const parsed = Parts.safeParse(Buffer.from(cursor, 'base64url').toString().split(' '))
  if (parsed.success) return { created_at: parsed.data[0], id: parsed.data[1] }
  throw new AppError('invalid_request', undefined, {
    issues: [{ path: 'cursor', message: 'must be a next_cursor of this list' }],
  })
}
