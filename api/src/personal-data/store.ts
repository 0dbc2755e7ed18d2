import { rowsOf, type Statement, type Tx } from '@recto/shared/database'
import { z } from 'zod'
import { resetRole } from '../db/write-as.ts'

/** Before the first row of any page. */
const first = { at: '-infinity', id: '00000000-0000-0000-0000-000000000000' }

/** The last row of a page, behind which the next one begins. */
type Position = { id: string }
type Timed<K extends string> = Position & { [key in K]: string }

// The condition on user_id is needed: row-level security would also show the generations of teams.
export const generationPage = (most: number, after?: Timed<'created_at'>): Statement => ({
  name: 'export_generations',
  text: `select id, account_id, kind, source_text, input, output, model, prompt_version, options, data_residency, optimize, max_total_tokens, idempotency_key, request_id, trace_id,
      status, attempts, tokens_input, tokens_output, cost_usd, ai_metadata, error, created_at, started_at, finished_at, updated_at
    from public.ai_generations
    where user_id = (select auth.uid()) and (created_at, id) > ($1::timestamptz, $2::uuid) order by created_at, id limit $3`,
  values: [after?.created_at ?? first.at, after?.id ?? first.id, most],
})

export const suggestionsOf = (generationIds: string[]): Statement => ({
  name: 'export_suggestions',
  text: `select id, generation_id, position, front, back, source_quote, quote_start, quote_end, flags, fingerprint, status, edited,
      reject_reason, reviewed_at, created_at
    from public.ai_suggestions
    where user_id = (select auth.uid()) and generation_id = any ($1::uuid[]) order by generation_id, position`,
  values: [generationIds],
})

export const findingsOf = (generationIds: string[]): Statement => ({
  name: 'export_findings',
  text: `select id, generation_id, position, path, start_line, end_line, quote, category, level, title, message, replacement, flags,
      fingerprint, status, reject_reason, reviewed_at, created_at
    from public.ai_findings
    where user_id = (select auth.uid()) and generation_id = any ($1::uuid[]) order by generation_id, position`,
  values: [generationIds],
})

export const cardPage = (most: number, after?: Timed<'created_at'>): Statement => ({
  name: 'export_cards',
  text: `select id, suggestion_id, front, back, origin, source_quote, tags, created_at, updated_at from public.cards
    where user_id = (select auth.uid()) and (created_at, id) > ($1::timestamptz, $2::uuid) order by created_at, id limit $3`,
  values: [after?.created_at ?? first.at, after?.id ?? first.id, most],
})

export const schedulesOf = (cardIds: string[]): Statement => ({
  name: 'export_card_schedules',
  text: `select card_id, state, due, stability, difficulty, learning_step, scheduled_days, reps, lapses, last_reviewed_at
    from public.card_schedules where user_id = (select auth.uid()) and card_id = any ($1::uuid[])`,
  values: [cardIds],
})

/** A client chooses the ids of reviews, and may choose the first of all. */
export const cardReviewPage = (most: number, after?: Position): Statement => ({
  name: `export_card_reviews${after ? '_after' : ''}`,
  text: `select id, card_id, reps, rating, reviewed_at, state, due, stability, difficulty, learning_step, scheduled_days, lapses
    from public.card_reviews where user_id = (select auth.uid()) and id ${after ? '>' : '>='} $1 order by id limit $2`,
  values: [after?.id ?? first.id, most],
})

export const callPage = (most: number, after?: Timed<'started_at'>): Statement => ({
  name: 'export_calls',
  text: 'select * from recto.export_calls($1, $2, $3)',
  values: [after?.started_at ?? null, after?.id ?? null, most],
})

export const admissionPage = (most: number, after?: { seq: string }): Statement => ({
  name: 'export_admissions',
  text: 'select seq, admitted_at, tokens from recto.export_admissions($1, $2)',
  values: [after?.seq ?? null, most],
})

export const deliveryPage = (most: number, after?: Timed<'created_at'>): Statement => ({
  name: 'export_deliveries',
  text: 'select * from recto.export_deliveries($1, $2, $3)',
  values: [after?.created_at ?? null, after?.id ?? null, most],
})

/** Removes the caller from all teams, drops their invitations and webhooks, and begins to erase what they have stored. */
export const beginErasure = async (tx: Tx): Promise<void> => {
  await tx.query({ name: 'begin_erasure', text: 'select recto.begin_erasure()' })
}

const Batch = z.object({ erased: z.array(z.string()), live: z.array(z.string()), is_over: z.boolean() })
type Batch = z.infer<typeof Batch>

/**
 * Erases a batch of what the caller has, and resets the role of `tx` to the process's own behind it. Returns the ids of its
 * generations; `live`: those that had not ended.
 */
export const continueErasure = async (tx: Tx, most: number): Promise<Batch> => {
  const text = 'select erased, live, is_over from recto.continue_erasure($1)'
  const [answer] = await Promise.all([
    tx.query({ name: 'continue_erasure', text, values: [most] }),
    tx.query(resetRole),
  ])
  const [batch] = rowsOf(answer, Batch)
  if (!batch) throw new RangeError('the erasure was not answered')
  return batch
}
