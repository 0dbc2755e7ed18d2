import { AppError } from '@recto/shared/errors'
import { z } from 'zod'
import { Time } from '../db/dates.ts'

/** The last suggestion of a page, in the order of the list: newest generation first, and in each by position. */
export type Place = { created_at: string; generation_id: string; position: number }

const Parts = z.tuple([Time, z.guid(), z.coerce.number<string>().pipe(z.int32())])

/** The place as an opaque text that needs no escaping in a URL. */
export const encodePlace = ({ created_at, generation_id, position }: Place): string =>
  Buffer.from(`${created_at} ${generation_id} ${position}`).toString('base64url')

/**
 * The place that a cursor holds.
 * @throws AppError invalid_request when it is not a cursor of this list
 */
export const decodePlace = (cursor: string): Place => {
  const parsed = Parts.safeParse(Buffer.from(cursor, 'base64url').toString().split(' '))
  if (parsed.success) {
    const [created_at, generation_id, position] = parsed.data
    return { created_at, generation_id, position }
  }
  throw new AppError('invalid_request', undefined, {
    issues: [{ path: 'cursor', message: 'must be a next_cursor of this list' }],
  })
}
