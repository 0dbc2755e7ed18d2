import type { Generation, Status } from '@recto/shared/generation'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { listGenerations } from './store.ts'

export type ListQuery = {
  account?: string | undefined
  status?: Status | undefined
  limit: number
  cursor?: string | undefined
}
export type GenerationPage = { data: Generation[]; next_cursor: string | null }

/**
 * One page of generations, newest first.
 * @throws AppError invalid_request when the cursor is not one of this list
 */
export const listPage =
  (readAs: ReadAs) =>
  async (caller: Caller, { account, status, limit, cursor }: ListQuery): Promise<GenerationPage> => {
    const after = cursor === undefined ? undefined : decodeCursor(cursor)
    const rows = await listGenerations(readAs, caller, { account, status, limit, after })
    const data = rows.slice(0, limit)
    const last = data.at(-1)
    return { data, next_cursor: rows.length > limit && last ? encodeCursor(last) : null }
  }
