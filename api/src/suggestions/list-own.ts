import { Suggestion, suggestionStatuses } from '@recto/shared/generation'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { decodePlace, encodePlace } from './cursor.ts'
import { suggestionColumns } from './store.ts'

export type OwnQuery = {
  status?: (typeof suggestionStatuses)[number] | undefined
  generation_id?: string | undefined
  flag?: string | undefined
  limit: number
  cursor?: string | undefined
}

/**
 * One page of the caller's own suggestions, of all accounts: what the caller may review.
 * @throws AppError invalid_request when the cursor is not one of this list
 */
export const listOwn =
  (readAs: ReadAs) =>
  async (caller: Caller, { status, generation_id, flag, limit, cursor }: OwnQuery) => {
    const values: unknown[] = [limit + 1, status ? [status] : suggestionStatuses]
    const conditions = ['o.user_id = (select auth.uid())', 'o.status = wanted.status']
    if (generation_id) conditions.push(`o.generation_id = $${values.push(generation_id)}`)
    if (flag) conditions.push(`$${values.push(flag)} = any (o.flags)`)
    if (cursor !== undefined) {
      const place = decodePlace(cursor)
      const [time, generation, position] = [place.created_at, place.generation_id, place.position].map(
        (value) => `$${values.push(value)}`,
      )
      conditions.push(`o.created_at <= ${time} and (o.created_at < ${time} or o.generation_id < ${generation}
        or (o.generation_id = ${generation} and o.position > ${position}))`)
    }
    // The index has a person's suggestions of each status in the order of their time.
    const order = (of: string) => `order by ${of}.created_at desc, ${of}.generation_id desc, ${of}.position limit $1`
    const statement = {
      name: `own_suggestions${generation_id ? '_of_generation' : ''}${flag ? '_with_flag' : ''}${cursor === undefined ? '' : '_after'}`,
      text: `select ${suggestionColumns} from unnest($2::text[]) as wanted (status)
        cross join lateral (select * from public.ai_suggestions o where ${conditions.join(' and ')} ${order('o')}) s
        ${order('s')}`,
      values,
    }
    const rows = await readAs(caller, { across: 'person' }, statement, Suggestion)
    const data = rows.slice(0, limit)
    const last = data.at(-1)
    return { data, next_cursor: rows.length > limit && last ? encodePlace(last) : null }
  }
