import type { Card } from '@recto/shared/card'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { decodeCursor, encodeCursor } from '../generations/cursor.ts'
import { listCards, type Page } from './store.ts'

export type ListQuery = Omit<Page, 'after'> & { cursor?: string | undefined }
export type CardPage = { data: Card[]; next_cursor: string | null }

/**
 * One page of cards, newest first.
 * @throws AppError invalid_request when the cursor is not one of this list
 */
export const listPage =
  (readAs: ReadAs) =>
  async (caller: Caller, { cursor, ...query }: ListQuery): Promise<CardPage> => {
    const after = cursor === undefined ? undefined : decodeCursor(cursor)
    const rows = await listCards(readAs, caller, { ...query, after })
    const data = rows.slice(0, query.limit)
    const last = data.at(-1)
    return { data, next_cursor: rows.length > query.limit && last ? encodeCursor(last) : null }
  }
