import { DataResidency } from '@recto/shared/catalog'
import { type Answer, rowsOf, type Statement } from '@recto/shared/database'
import { naming } from '@recto/shared/transaction'
import { z } from 'zod'
import { repeatedClasses, unusableClasses } from '../llm/errors/failure.ts'
import type { Job } from '../queue/jobs.ts'
import { readAccountPolicy } from './account-policy.ts'
import type { Run } from './run.ts'

/** A generation's row as a claim returns it. */
const Claimed = z.object({
  id: z.string(),
  user_id: z.string(),
  account_id: z.string(),
  request_id: z.string().nullable(),
  trace_id: z.string().nullable(),
  kind: z.string(),
  source_text: z.string().nullable(),
  input: z.unknown(),
  model: z.string(),
  prompt_version: z.string(),
  options: z.unknown(),
  data_residency: DataResidency,
  account_policy: z.unknown(),
  attempts: z.int(),
  unusable_answers: z.int(),
  failed_calls: z.int(),
  waited_ms: z.number(),
})

/** Reads the run of a claimed generation. @throws z.ZodError for a row of another form */
export const readRun = (claimed: unknown): Run => {
  const row = Claimed.parse(claimed)
  return {
    id: row.id,
    userId: row.user_id,
    accountId: row.account_id,
    requestId: row.request_id,
    traceId: row.trace_id,
    kind: row.kind,
    sourceText: row.source_text,
    input: row.input,
    model: row.model,
    promptVersion: row.prompt_version,
    options: row.options,
    dataResidency: row.data_residency,
    accountPolicy: readAccountPolicy(row.account_policy),
    attempt: row.attempts,
    endedCalls: [],
    unusableAnswers: row.unusable_answers,
    failedCalls: row.failed_calls,
    waitedMs: row.waited_ms,
  }
}

/** Outcomes of calls that a claim counts: those whose answer could not be used, and those that failed in a way that may pass. */
export const countedOutcomes = [unusableClasses, repeatedClasses]

const countOf = (outcomes: string) => `case when g.attempts = 1 then 0
    else (select count(*)::integer from public.ai_calls c where c.generation_id = g.id and c.outcome = any (${outcomes}::text[])) end`

/**
 * What a claim of the generation `g` writes and returns. `deliveredAt` is an SQL expression. The two parameters are
 * `countedOutcomes`; the first claim has no earlier calls to count.
 */
export const claimed = {
  set: (deliveredAt: string) => `status = 'running', attempts = g.attempts + 1, delivered_at = ${deliveredAt},
      started_at = coalesce(g.started_at, clock_timestamp()), ai_metadata = '{}'`,
  columns: (
    unusable: `$${number}`,
    repeated: `$${number}`,
  ) => `g.id, g.user_id, g.account_id, g.request_id, g.trace_id, g.kind,
      g.source_text, g.input, g.model, g.prompt_version, g.options, g.attempts, g.data_residency,
      ${countOf(unusable)} as unusable_answers, ${countOf(repeated)} as failed_calls,
      round(extract(epoch from clock_timestamp() - g.created_at) * 1000)::float8 as waited_ms`,
  /** A live generation may be claimed for a delivery that is newer than its last claim: the worker of an older one is taken for dead. */
  isFree: (deliveredAt: string) =>
    `g.status in ('pending', 'running') and (g.delivered_at is null or g.delivered_at < ${deliveredAt})`,
}

const claimStatement = (job: Job): Statement => {
  const scope = naming({ generation: job.id }, '$3')
  return {
    name: 'claim',
    text: `with scope as materialized (select ${scope.sql})
    update public.ai_generations g set ${claimed.set('$2')} from scope where g.id = $1 and ${claimed.isFree('$2')}
    returning ${claimed.columns('$4', '$5')}, to_jsonb(recto.account_policy(g.account_id)) as account_policy`,
    values: [job.id, job.deliveredAt, scope.value, ...countedOutcomes],
  }
}

/**
 * Claims the generation of a job that was fetched without it: somebody else had locked its row, for which this waits. Null
 * when the generation has ended, was deleted, or was claimed for this delivery or a newer one.
 */
export const createClaim =
  (query: (statement: Statement) => Promise<Answer>) =>
  async (job: Job): Promise<Run | null> => {
    const [row] = rowsOf(await query(claimStatement(job)), z.unknown())
    return row === undefined ? null : readRun(row)
  }
