import { Card } from '@recto/shared/card'
import { rowsOf, type Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import { CardReview, Schedule } from '@recto/shared/learning'
import pg from 'pg'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import { columns as cardColumns, scopeOf } from '../cards/store.ts'
import type { ReadAs } from '../db/read-as.ts'

const columns = 'state, due, stability, difficulty, learning_step, scheduled_days, reps, lapses'
const Locked = z.object({ at: z.string().nullable() })
const DueRow = z
  .looseObject({ at: z.string() })
  .transform((row) => ({ at: row.at, card: Card.parse(row), schedule: Schedule.parse(row) }))
const ReviewRow = z
  .looseObject({ reviewed_at: z.string() })
  .transform((row) => CardReview.parse({ ...row, schedule: { ...row, last_reviewed_at: row.reviewed_at } }))

export type DueQuery = {
  limit: number
  /** How many of them may be cards that were never reviewed. */
  new: number
  /** Only cards with exactly this tag. */
  tag?: string | undefined
}

/** No more cards are counted: who has as many needs no exact number, and a count takes as long as it is high. */
export const mostCounted = 1_000

const all = `select * from public.card_schedules s where s.user_id = (select auth.uid())`
/** The schedules of cards that are due, and of new ones: as many as a parameter says, the earliest first. */
const sources = {
  ofAll: {
    due: (most: string) => `${all} and s.reviewed and s.due <= now() order by s.due, s.card_id limit ${most}`,
    new: (most: string) => `${all} and not s.reviewed order by s.due, s.card_id limit ${most}`,
  },
  withTag: {
    due: (most: string) => `select * from recto.due_with_tag($3, true, ${most})`,
    new: (most: string) => `select * from recto.due_with_tag($3, false, ${most})`,
  },
}
const sourceOf = (tag: string | undefined) =>
  tag === undefined
    ? { of: '', source: sources.ofAll, values: [] }
    : { of: '_with_tag', source: sources.withTag, values: [tag] }

/**
 * The caller's cards that are to be reviewed, with their schedules and the time `at` of the database: first those that
 * are due longest, then new ones.
 */
export const listDue = (readAs: ReadAs, caller: Caller, { limit, new: mostNew, tag }: DueQuery) => {
  const { of, source, values } = sourceOf(tag)
  const statement = {
    name: `due_cards${of}`,
    // Each card is looked up by itself (offset 0), because a plan for any limit would read all cards.
    text: `select ${cardColumns}, ${columns}, last_reviewed_at, date_trunc('milliseconds', now()) as at from (
        (${source.due('$1')}) union all (${source.new('$2')}) order by reviewed desc, due, card_id limit $1
      ) s cross join lateral (select * from public.cards c where c.id = s.card_id offset 0) c
      order by s.reviewed desc, s.due, s.card_id`,
    values: [limit, mostNew, ...values],
  }
  return readAs(caller, scopeOf(caller), statement, DueRow)
}

const Counts = z.object({ due: z.int(), new: z.int() })

/** How many cards of the caller are due, and how many were never reviewed: `mostCounted` when there are more. */
export const countDue = async (readAs: ReadAs, caller: Caller, tag: string | undefined) => {
  const { of, source, values } = sourceOf(tag)
  const statement = {
    name: `count_due${of}`,
    text: `select (select count(*)::integer from (${source.due('$1')}) d) as due,
      (select count(*)::integer from (${source.new('$2')}) n) as new`,
    values: [mostCounted, mostCounted, ...values],
  }
  const [counts] = await readAs(caller, scopeOf(caller), statement, Counts)
  if (!counts) throw new Error('the due cards were not counted')
  return counts
}

const readReview = (tx: Tx, id: string) =>
  tx.query({
    name: 'card_review',
    text: `select id, card_id, rating, reviewed_at, ${columns} from public.card_reviews
      where user_id = (select auth.uid()) and id = $1`,
    values: [id],
  })

/** What a review begins with. `at` is its time; `earlier` is the review that has its id already. */
type Begun = { at: string; schedule: Schedule; earlier: CardReview | undefined }

/**
 * Locks the schedule of a card of the caller until the end of the transaction, and reads it.
 * @throws AppError not_found
 */
export const beginReview = async (tx: Tx, cardId: string, reviewId: string): Promise<Begun> => {
  const [locked, scheduled, reviewed] = await Promise.all([
    tx.query({ name: 'lock_schedule', text: 'select recto.lock_schedule($1) as at', values: [cardId] }),
    tx.query({
      name: 'schedule',
      text: `select ${columns}, last_reviewed_at from public.card_schedules where card_id = $1`,
      values: [cardId],
    }),
    readReview(tx, reviewId),
  ])
  const at = rowsOf(locked, Locked)[0]?.at
  const [schedule] = rowsOf(scheduled, Schedule)
  if (at == null || !schedule) throw new AppError('not_found')
  return { at, schedule, earlier: rowsOf(reviewed, ReviewRow)[0] }
}

const TooMany = z.object({ retry_after: z.int().positive() })

/** Turns the error of a review into an AppError; returns any other error as it is. */
const reviewErrorOf = (error: unknown): unknown => {
  if (!(error instanceof pg.DatabaseError)) return error
  if (error.code === '23505' && error.constraint === 'card_reviews_pkey')
    return new AppError('idempotency_key_reused', undefined, { cause: error })
  if (error.code !== 'PT429') return error
  const { retry_after: retryAfter } = TooMany.parse(JSON.parse(error.detail ?? ''))
  return new AppError('rate_limited', 'A card may have at most 100 reviews a day.', { retryAfter, cause: error })
}

/**
 * Writes a review and its schedule, and returns them as they are stored.
 * @throws AppError idempotency_key_reused when a review of another card got the id meanwhile, rate_limited when the card
 * had a hundred reviews in a day
 */
export const recordReview = async (tx: Tx, { schedule, ...review }: CardReview): Promise<CardReview> => {
  const { last_reviewed_at, ...outcome } = schedule
  try {
    const [, written] = await Promise.all([
      tx.query({
        name: 'record_review',
        text: 'select recto.record_review($1)',
        values: [JSON.stringify({ ...review, ...outcome })],
      }),
      readReview(tx, review.id),
    ])
    const [stored] = rowsOf(written, ReviewRow)
    if (!stored) throw new Error('the recorded review was not returned')
    return stored
  } catch (error) {
    throw reviewErrorOf(error)
  }
}
