import { rowsOf, type Statement, type Tx } from '@recto/shared/database'
import type { Generation, Status } from '@recto/shared/generation'
import type { KindContract } from '@recto/shared/kinds/contract'
import type pg from 'pg'
import { z } from 'zod'
import { admissionErrorOf } from '../admission/with-admission.ts'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { resetRole } from '../db/write-as.ts'
import { QUERY_MS } from '../deadlines.ts'
import { answerOf, Read, type ReadMany } from './batch-reads.ts'
import type { Position } from './cursor.ts'
import type { Idempotency } from './idempotency.ts'
import { inputColumns } from './input-columns.ts'
import type { AccountGeneration } from './insert.ts'

// Rows of statements. A schema is made once, because making it costs far more than parsing a row.
const ByKey = z.object({ id: z.string(), same: z.boolean() })
const Cancelled = z.object({ live: z.boolean() })
const Deleted = z.object({ found: z.boolean() })

/** Only the caller's own generation: members of a team may see each other's, but not cancel them. */
const own = (id: string): Statement => ({
  name: 'own_generation',
  text: 'select * from recto.generations where id = $1 and user_id = (select auth.uid())',
  values: [id],
})

/** Reads what each caller sees of a generation, in one statement that sets role and claims to each caller in turn. */
export const readManyGenerations =
  (pool: pg.Pool): ReadMany =>
  async (wanted) => {
    const statement = {
      name: 'generations_of_many',
      text: 'select * from recto.read_generations($1::text[], $2::uuid[])',
      values: [wanted.map(({ caller }) => caller.claims), wanted.map(({ id }) => id)],
      query_timeout: QUERY_MS,
    }
    return rowsOf(await pool.query(statement), Read)
  }

export type Page = {
  /** Lists what the caller may see of this account; without it, the caller's own generations of all accounts. */
  account?: string | undefined
  status?: Status | undefined
  limit: number
  after?: Position | undefined
}

/** Generations, newest first; one more than `limit` when there are more. */
export const listGenerations = async (
  readAs: ReadAs,
  caller: Caller,
  { account, status, limit, after }: Page,
): Promise<Generation[]> => {
  const values: unknown[] = [limit + 1]
  // Row-level security would also show generations of teams. The condition on the first column lets Postgres use an
  // index.
  const conditions = [account ? `g.account_id = $${values.push(account)}` : 'g.user_id = (select auth.uid())']
  if (after) conditions.push(`(g.created_at, g.id) < ($${values.push(after.created_at)}, $${values.push(after.id)})`)
  if (status) conditions.push(`g.status = $${values.push(status)}`)
  const statement = {
    name: `generations${account ? '_of_account' : ''}${after ? '_after' : ''}${status ? '_of_status' : ''}`,
    text: `select * from recto.generations g where ${conditions.join(' and ')} order by g.created_at desc, g.id desc limit $1`,
    values,
  }
  const rows = await readAs(caller, account ? { account } : { across: 'person' }, statement, Read)
  return rows.map(answerOf)
}

/**
 * Counts a dry run of the caller.
 * @throws LimitError; AppError unauthorized when the person does not exist any more
 */
export const countDryRun = async (tx: Tx): Promise<void> => {
  try {
    await tx.query({ name: 'count_dry_run', text: 'select recto.count_dry_run()' })
  } catch (error) {
    throw admissionErrorOf(error)
  }
}

/**
 * The generation for which an idempotency key was used, and whether its request was the same: the same input for the same
 * account, and either the same body or one that asks for the same. The defaults may have changed in between.
 */
export const findByKey = async (
  readAs: ReadAs,
  caller: Caller,
  { key, digest }: Idempotency,
  contract: KindContract,
  {
    kind,
    input: fields,
    model,
    prompt_version,
    options,
    data_residency,
    optimize,
    max_total_tokens,
    account_id,
  }: AccountGeneration,
): Promise<{ id: string; same: boolean } | undefined> => {
  const { source_text, input } = inputColumns(contract, fields)
  const statement = {
    name: 'generation_by_key',
    // Retention deletes an input and leaves its digest.
    text: `select id, coalesce(source_text = $2, input = $3::jsonb, text_digest = recto.text_digest(id, $2, $3::jsonb), false)
        and account_id = $9 and (coalesce(request_digest = decode($10, 'hex'), false)
          or (kind, model, prompt_version, options, data_residency) = ($4, $5, $6, $7::jsonb, $8)
            and (optimize, max_total_tokens) is not distinct from ($11, $12::integer)) as same
      from public.ai_generations where user_id = (select auth.uid()) and idempotency_key = $1`,
    values: [
      key,
      source_text,
      input && JSON.stringify(input),
      kind,
      model,
      prompt_version,
      JSON.stringify(options),
      data_residency,
      account_id,
      digest,
      optimize,
      max_total_tokens,
    ],
  }
  const [row] = await readAs(caller, { across: 'person' }, statement, ByKey)
  return row
}

/**
 * Cancels a generation as the caller. `live`: whether it had not ended before. `row`: the generation afterwards;
 * undefined when the caller has none of this id.
 */
export const cancelGeneration = async (tx: Tx, id: string): Promise<{ live: boolean; row: Generation | undefined }> => {
  const [cancelled, found] = await Promise.all([
    tx.query({
      name: 'cancel_generation',
      text: 'select recto.cancel_generation($1) as live',
      values: [id],
    }),
    tx.query(own(id)),
    tx.query(resetRole),
  ])
  const [row] = rowsOf(found, Read)
  const [outcome] = rowsOf(cancelled, Cancelled)
  return { live: outcome?.live ?? false, row: row && answerOf(row) }
}

/** Deletes a generation as the caller; false when the caller has none of this id. */
export const deleteGeneration = async (tx: Tx, id: string): Promise<boolean> => {
  const [deleted] = await Promise.all([
    tx.query({
      name: 'delete_generation',
      text: 'select recto.delete_generation($1) as found',
      values: [id],
    }),
    tx.query(resetRole),
  ])
  return rowsOf(deleted, Deleted)[0]?.found ?? false
}
