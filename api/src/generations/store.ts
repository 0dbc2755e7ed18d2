import type { Statement } from '@recto/shared/database'
import { sqlState, type Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import type { Generation, NewGeneration, Status } from '@recto/shared/generation'
import pg from 'pg'
import type { Admission } from '../admission/admission.ts'
import { admit } from '../admission/admit.ts'
import type { Caller } from '../auth/verify-token.ts'
import { QUERY_MS } from '../deadlines.ts'
import type { ReadAs } from '../reading.ts'
import { stepBack } from '../writing.ts'
import type { Position } from './cursor.ts'
import type { Owned, ReadMany } from './gather.ts'

// Row level security is what keeps these to the caller's own rows: every statement runs as that person.
const one = (id: string): Statement => ({
  name: 'generation',
  text: 'select * from recto.generations where id = $1',
  values: [id],
})

/** Each caller's own generation in one statement, which becomes each of them in turn. */
export const readManyGenerations =
  (pool: pg.Pool): ReadMany =>
  async (wanted) => {
    const statement = {
      name: 'generations_of_many',
      text: 'select * from recto.read_generations($1::text[], $2::uuid[])',
      values: [wanted.map(({ caller }) => caller.claims), wanted.map(({ id }) => id)],
      query_timeout: QUERY_MS,
    }
    const { rows } = await pool.query<Owned>(statement)
    return rows
  }

const withoutOwner = ({ user_id: _, ...generation }: Owned): Generation => generation

export type Page = { status?: Status | undefined; limit: number; after?: Position | undefined }

/** Newest first, one more than `limit` when there are more. */
export const listGenerations = async (
  readAs: ReadAs,
  caller: Caller,
  { status, limit, after }: Page,
): Promise<Generation[]> => {
  const values: unknown[] = [limit + 1]
  const conditions: string[] = []
  if (after) conditions.push(`(g.created_at, g.id) < ($${values.push(after.created_at)}, $${values.push(after.id)})`)
  if (status) conditions.push(`g.status = $${values.push(status)}`)
  const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''
  const rows = await readAs<Owned>(caller, {
    name: `generations${after ? '_after' : ''}${status ? '_of_status' : ''}`,
    text: `select * from recto.generations g ${where} order by g.created_at desc, g.id desc limit $1`,
    values,
  })
  return rows.map(withoutOwner)
}

export type Inserted = {
  id: string
  /** How many of the caller's generations were live before this one. */
  in_flight: number
  admission: Admission
}

const insertion = (input: NewGeneration, key: string | undefined): Statement => ({
  name: 'insert_generation',
  text: `insert into public.ai_generations (source_text, model, prompt_version, options, data_residency, idempotency_key)
    values ($1, $2, $3, $4, $5, $6)
    returning id, (select count(*)::int from public.ai_generations where finished_at is null) as in_flight`,
  values: [
    input.source_text,
    input.model,
    input.prompt_version,
    JSON.stringify(input.options),
    input.data_residency,
    key,
  ],
})

/** What a refused insert means to a caller; any other error as it is. */
const refusal = (error: unknown): unknown => {
  if (!(error instanceof pg.DatabaseError)) return error
  if (error.constraint === 'idx_ai_generations_idempotency')
    return new AppError('conflict', undefined, { cause: error })
  if (sqlState(error) === '23514') return new AppError('invalid_request', undefined, { cause: error })
  return error
}

/**
 * Inserts as the caller, then steps back to the process's role for what follows in `tx`.
 * @throws what `admit` throws; AppError conflict when the idempotency key is taken.
 */
export const insertGeneration = async (tx: Tx, input: NewGeneration, key: string | undefined): Promise<Inserted> => {
  try {
    const { row, admission } = await admit<{ id: string; in_flight: number }>(tx, 'generations', insertion(input, key))
    return { ...row, admission }
  } catch (error) {
    throw refusal(error)
  }
}

/** The generation that a key was used for, and whether it came of the same body. */
export const findByKey = async (
  readAs: ReadAs,
  caller: Caller,
  key: string,
  { source_text, model, prompt_version, options, data_residency }: NewGeneration,
): Promise<{ id: string; same: boolean } | undefined> => {
  const [row] = await readAs<{ id: string; same: boolean }>(caller, {
    name: 'generation_by_key',
    text: `select id,
        (source_text, model, prompt_version, options, data_residency) = ($2, $3, $4, $5::jsonb, $6) as same
      from public.ai_generations where idempotency_key = $1`,
    values: [key, source_text, model, prompt_version, JSON.stringify(options), data_residency],
  })
  return row
}

/** Cancels as the caller. `live` tells whether it was; the row is the state after that, undefined when there is none. */
export const cancelGeneration = async (tx: Tx, id: string): Promise<{ live: boolean; row: Generation | undefined }> => {
  const [cancelled, { rows }] = await Promise.all([
    tx.query<{ live: boolean }>({
      name: 'cancel_generation',
      text: 'select recto.cancel_generation($1) as live',
      values: [id],
    }),
    tx.query<Owned>(one(id)),
    tx.query(stepBack),
  ])
  const [row] = rows
  return { live: cancelled.rows[0]?.live ?? false, row: row && withoutOwner(row) }
}

/** Deletes as the caller; false when there was none of that id. */
export const deleteGeneration = async (tx: Tx, id: string): Promise<boolean> => {
  const [{ rows }] = await Promise.all([
    tx.query<{ found: boolean }>({
      name: 'delete_generation',
      text: 'select recto.delete_generation($1) as found',
      values: [id],
    }),
    tx.query(stepBack),
  ])
  return rows[0]?.found ?? false
}
