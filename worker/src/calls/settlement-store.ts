import { readableRowsOf } from '@recto/shared/database'
import { enter, inTransaction, naming } from '@recto/shared/transaction'
import type pg from 'pg'
import { z } from 'zod'
import { SETTLE_AGAIN_MS } from '../deadlines.ts'
import type { Charge } from './charge.ts'
import { callTotals } from './totals.ts'

/** A call to settle, as it was when claimed. A call that changed since is not written. */
const Due = z.object({
  id: z.string(),
  account_id: z.string(),
  generation_id: z.string().nullable(),
  provider: z.string(),
  provider_request_id: z.string().nullable(),
  /** A decimal string. */
  reserved_usd: z.string(),
  /** The most tokens that are believed of its bill. */
  believed_input: z.int().nullable(),
  believed_output: z.int().nullable(),
  /** Null when its worker did not report the end. */
  outcome: z.string().nullable(),
  /** How often the call was claimed, this time included. */
  settle_tries: z.int(),
})
export type Due = z.infer<typeof Due>

/** A charge as it is booked. `capped`: the most that is believed, because a higher cost was reported. */
export type BookedCharge = Charge & { costSource: 'provider' | 'capped' }

/** `charge`: what the provider reported, if it did. `final`: the provider is not asked again. */
export type Settlement = { call: Due; charge: BookedCharge | null; final: boolean }

const scope = naming({ across: 'settlement' }, '$3')

/**
 * Claims calls by moving them to their next try. Other workers skip them, and a worker that dies loses nothing.
 */
const claimStatement = (limit: number) => ({
  name: 'settle_claim',
  text: `with scope as materialized (select ${scope.sql}),
    due as (
      select c.id from public.ai_calls c, scope where c.settle_after <= now() order by c.settle_after limit $1
      for update of c skip locked
    )
    update public.ai_calls c
    set settle_tries = settle_tries + 1, settle_after = now() + make_interval(secs => $2::float8 / 1000 * 6 ^ least(settle_tries, 4))
    from due where c.id = due.id
    returning c.id, c.account_id, c.generation_id, c.provider, c.provider_request_id, c.reserved_usd::text,
      c.believed_input, c.believed_output, c.outcome, c.settle_tries`,
  values: [limit, SETTLE_AGAIN_MS, scope.value],
})

const settleStatement = (settlements: Settlement[]) => ({
  name: 'settle',
  text: `update public.ai_calls c
    set outcome = coalesce(c.outcome, 'worker_lost'), finished_at = coalesce(c.finished_at, clock_timestamp()),
      cost_usd = coalesce(s."costUsd", c.cost_usd, c.estimated_usd),
      cost_source = case when s."costUsd" is null then coalesce(c.cost_source, 'estimate') else s."costSource" end,
      model_served = coalesce(c.model_served, s."modelServed"), tokens_input = coalesce(s."tokensInput", c.tokens_input),
      tokens_output = coalesce(s."tokensOutput", c.tokens_output),
      settle_after = case when s.final then null else c.settle_after end
    from jsonb_to_recordset($1::jsonb) as s (id uuid, settle_tries integer, outcome text, final boolean, "costUsd" numeric,
      "costSource" text, "modelServed" text, "tokensInput" integer, "tokensOutput" integer)
    where c.id = s.id and c.settle_tries = s.settle_tries and c.outcome is not distinct from s.outcome`,
  values: [JSON.stringify(settlements.map(({ call, charge, final }) => ({ ...call, ...charge, final })))],
})

/** Locks generations, before all else: whoever sums the calls of one next sees these settlements. */
const lockStatement = (generations: string[]) => ({
  name: 'settle_lock',
  text: 'select from public.ai_generations where id = any ($1::uuid[]) order by id for no key update',
  values: [generations],
})

/**
 * Locks calls, then spending of the account and of the deployment, in one order for all workers: two batches do not
 * deadlock.
 */
const lockSpendingStatement = (settlements: Settlement[]) => ({
  name: 'settle_lock_spending',
  text: 'select recto.lock_spending($1)',
  values: [settlements.map(({ call }) => call.id)],
})

const totalsStatement = (generations: string[]) => ({
  name: 'settle_totals',
  text: `update public.ai_generations g
    set (tokens_input, tokens_output, cost_usd) = (
      select ${callTotals('c')} from public.ai_calls c where c.generation_id = g.id
    )
    where g.id = any ($1::uuid[])`,
  values: [generations],
})

/**
 * All SQL of settlement. Every function may run in several workers at once. `onUnreadable` gets the error of a claimed call
 * that cannot be read.
 */
export const createSettlementStore = (pool: pg.Pool, onUnreadable: (error: unknown) => void) => ({
  /** Claims up to `limit` calls that are due. No other worker gets them until their next try. */
  claim: async (limit: number): Promise<Due[]> =>
    readableRowsOf(await pool.query(claimStatement(limit)), Due, onUnreadable),

  /**
   * Writes settlements of one account and updates the totals of their generations. A call that its own worker finished
   * meanwhile is left as it is.
   */
  settle: (account: string, settlements: Settlement[]): Promise<void> =>
    inTransaction(pool, enter({ account }), async (tx) => {
      const generations = [...new Set(settlements.flatMap(({ call }) => call.generation_id ?? []))]
      await Promise.all([
        tx.query(lockStatement(generations)),
        tx.query(lockSpendingStatement(settlements)),
        tx.query(settleStatement(settlements)),
        tx.query(totalsStatement(generations)),
      ])
    }),
})

export type SettlementStore = ReturnType<typeof createSettlementStore>
