import { Card } from '@recto/shared/card'
import { rowsOf, type Statement, sqlState, type Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import type { Scope } from '@recto/shared/transaction'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import { Time } from '../db/dates.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { Position } from '../generations/cursor.ts'
import type { CardChanges, NewCard } from './contract.ts'

export const columns = 'id, suggestion_id, front, back, origin, source_quote, tags, created_at, updated_at'
const Found = z.object({ id: z.string() })

/** Before the first card of a list. */
const newest: Position = { created_at: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }

/** Cards belong to the person's own account, also those of a team's generation. */
export const scopeOf = ({ userId }: Caller): Scope => ({ account: userId })

const byId = (id: string): Statement => ({
  name: 'card',
  text: `select ${columns} from public.cards where id = $1`,
  values: [id],
})

export const findCard = async (readAs: ReadAs, caller: Caller, id: string): Promise<Card | undefined> =>
  (await readAs(caller, scopeOf(caller), byId(id), Card))[0]

export type Page = {
  search?: string | undefined
  tag?: string | undefined
  limit: number
  after?: Position | undefined
}

/** Where a search goes on that has read enough. */
const Place = z.object({ created_at: Time, id: z.guid(), front: z.null() })
const isCard = (row: Card | z.output<typeof Place>): row is Card => row.front !== null

/**
 * Up to `limit` of the caller's cards, newest first, and the place behind which there may be more. A search that has read
 * enough has fewer, or none, and a place.
 */
export const listCards = async (
  readAs: ReadAs,
  caller: Caller,
  { search, tag, limit, after = newest }: Page,
): Promise<{ cards: Card[]; next: Position | null }> => {
  const values = [after.created_at, after.id, limit + 1]
  const statement =
    search === undefined && tag === undefined
      ? {
          name: 'cards',
          text: `select ${columns} from public.cards
            where user_id = (select auth.uid()) and (created_at, id) < ($1::timestamptz, $2::uuid)
            order by created_at desc, id desc limit $3`,
          values,
        }
      : {
          name: 'search_cards',
          text: `select ${columns} from recto.search_cards($4, $5, $1, $2, $3) order by created_at desc, id desc`,
          values: [...values, search ?? null, tag ?? null],
        }
  const rows = await readAs(caller, scopeOf(caller), statement, z.union([Card, Place]))
  const cards = rows.slice(0, limit).filter(isCard)
  const last = rows.at(-1)
  if (last && !isCard(last)) return { cards, next: last }
  return { cards, next: rows.length > limit ? (cards.at(-1) ?? null) : null }
}

/** Turns the error of an insert of cards into an AppError; returns any other error as it is. */
export const cardErrorOf = (error: unknown): unknown => {
  if (sqlState(error) === '23503') return new AppError('unauthorized', undefined, { cause: error })
  if (sqlState(error) === 'PT403')
    return new AppError('plan_limit', 'You have as many cards as a person may have.', { cause: error })
  return error
}

/**
 * Adds a card of the caller.
 * @throws AppError unauthorized when the person does not exist any more, plan_limit with too many cards
 */
export const insertCard = async (tx: Tx, { front, back, tags }: NewCard): Promise<Card> => {
  const statement = {
    name: 'insert_card',
    text: `insert into public.cards (front, back, tags) values ($1, $2, $3::text[]) returning ${columns}`,
    values: [front, back, tags],
  }
  const inserted = await tx.query(statement).catch((error: unknown) => {
    throw cardErrorOf(error)
  })
  const [card] = rowsOf(inserted, Card)
  if (!card) throw new Error('the inserted card was not returned')
  return card
}

/**
 * Sends a write of one card. The card or its id is returned when it was written. The look whether the caller has the card
 * comes behind the write, which may have waited for its deletion.
 */
const writeOne = async <R extends z.ZodType>(tx: Tx, id: string, write: Statement, row: R): Promise<z.output<R>> => {
  const [written, found] = await Promise.all([tx.query(write), tx.query(byId(id))])
  const [result] = rowsOf(written, row)
  if (result !== undefined) return result
  throw new AppError(rowsOf(found, Found).length > 0 ? 'precondition_failed' : 'not_found')
}

/**
 * Changes a card of the caller, if it has one of these versions. What is left out stays.
 * @throws AppError not_found, precondition_failed
 */
export const updateCard = (
  tx: Tx,
  id: string,
  { front, back, tags }: CardChanges,
  versions: string[] | undefined,
): Promise<Card> => {
  const statement = {
    name: 'update_card',
    text: `update public.cards set front = coalesce($2, front), back = coalesce($3, back), tags = coalesce($4::text[], tags)
      where id = $1 and ($5::timestamptz[] is null or updated_at = any ($5)) returning ${columns}`,
    values: [id, front ?? null, back ?? null, tags ?? null, versions ?? null],
  }
  return writeOne(tx, id, statement, Card)
}

/**
 * Deletes a card of the caller, if it has one of these versions.
 * @throws AppError not_found, precondition_failed
 */
export const deleteCard = async (tx: Tx, id: string, versions: string[] | undefined): Promise<void> => {
  const statement = {
    name: 'delete_card',
    text: `delete from public.cards where id = $1 and ($2::timestamptz[] is null or updated_at = any ($2)) returning id`,
    values: [id, versions ?? null],
  }
  await writeOne(tx, id, statement, Found)
}
