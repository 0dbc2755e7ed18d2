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
    const { cards, next } = await listCards(readAs, caller, { ...query, after })
    return { data: cards, next_cursor: next && encodeCursor(next) }
  }
