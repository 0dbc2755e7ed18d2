import { type Answer, rowsOf, type Statement, sqlState } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import type { NewGeneration } from '@recto/shared/generation'
import type { KindContract } from '@recto/shared/kinds/contract'
import pg from 'pg'
import { z } from 'zod'
import { type Admission, readAdmission } from '../admission/admission.ts'
import { admissionErrorOf } from '../admission/with-admission.ts'
import type { Caller } from '../auth/verify-token.ts'
import type { Actor } from '../db/actor.ts'
import { inputColumns } from './input-columns.ts'

const SubmittedRow = z.object({ id: z.string(), admission: z.unknown() })
const UnknownName = z.object({ code: z.enum(['unknown_model', 'unknown_kind', 'unknown_prompt_version']) })

/** A submission whose account is known. */
export type AccountGeneration = NewGeneration & { account_id: string }

/** `reserved_usd`: what it reserves at least, at the route where it reserves least; null without a route. */
export type PricedGeneration = AccountGeneration & { reserved_usd: string | null }

/** One submission: by which request, with the contract of its kind, and its idempotency key. */
export type Sent = {
  actor: Actor
  contract: KindContract
  input: PricedGeneration
  key?: string | undefined
}

/** Submissions that one statement stores. */
export type Batch = readonly [Sent, ...Sent[]]

export type Inserted = { id: string; admission: Admission }

/** A recto.submission. What the request reserves at least is told to admission, which knows the budget. */
const rowOf = ({ actor, contract, input, key }: Sent) => ({
  request_id: actor.requestId,
  request_digest: actor.requestDigest ?? '',
  traceparent: actor.traceparent ?? '',
  kind: input.kind,
  ...inputColumns(contract, input.input),
  model: input.model,
  prompt_version: input.prompt_version,
  options: input.options,
  data_residency: input.data_residency,
  optimize: input.optimize,
  max_total_tokens: input.max_total_tokens,
  idempotency_key: key,
  request_usd: input.reserved_usd ?? '',
})

const submission = ({ claims }: Caller, account: string, sent: Batch): Statement => ({
  name: 'submit',
  text: 'select id, admission from recto.submit($1, $2, $3)',
  values: [claims, account, JSON.stringify(sent.map(rowOf))],
})

/** What a submission to a conversation gets while another one is not over. */
export const stillAnswering = 'The conversation still waits for its latest answer.'

/** Turns the error of a failed insert into an AppError; returns any other error as it is. */
const insertErrorOf = (error: unknown): unknown => {
  // Of the errors of a submission, only those of the insert are about the request. The others are about the queue.
  if (!(error instanceof pg.DatabaseError) || !error.where?.includes('function recto.insert_generations')) return error
  if (error.constraint === 'idx_ai_generations_idempotency')
    return new AppError('conflict', undefined, { cause: error })
  if (error.constraint === 'idx_ai_generations_conversation_live')
    return new AppError('conflict', stillAnswering, { cause: error })
  // The columns of the request are granted, so it is the account that row-level security denies.
  if (sqlState(error) === '42501') return new AppError('not_a_member', undefined, { cause: error })
  if (sqlState(error) === 'PT400')
    return new AppError(UnknownName.parse(JSON.parse(error.detail ?? '')).code, undefined, { cause: error })
  if (sqlState(error) === '23514') return new AppError('invalid_request', undefined, { cause: error })
  return admissionErrorOf(error)
}

/**
 * Stores generations of one caller in one account, and their jobs, by one statement, which `query` sends as the process's
 * own role: all or none. The answers have the order of `sent`.
 * @throws LimitError; AppError unauthorized when the person does not exist any more, conflict when the idempotency key is
 * taken, not_a_member, invalid_request, and unknown_model, unknown_kind, unknown_prompt_version for a name that the
 * database does not know
 */
export const insertGenerations = async (
  query: (statement: Statement) => Promise<Answer>,
  caller: Caller,
  account: string,
  sent: Batch,
): Promise<[Inserted, ...Inserted[]]> => {
  const answer = await query(submission(caller, account, sent)).catch((error: unknown) => {
    throw insertErrorOf(error)
  })
  const inserted = rowsOf(answer, SubmittedRow).map(({ id, admission }) => ({
    id,
    admission: readAdmission(admission),
  }))
  const [first, ...others] = inserted
  if (!first || inserted.length !== sent.length)
    throw new Error(`the statement returned ${inserted.length} rows of ${sent.length}`)
  return [first, ...others]
}
