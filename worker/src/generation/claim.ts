import { createBatcher } from '@recto/shared/batcher'
import { DataResidency } from '@recto/shared/catalog'
import { type Answer, rowsOf, type Statement } from '@recto/shared/database'
import { naming } from '@recto/shared/transaction'
import { z } from 'zod'
import { repeatedClasses, unusableClasses } from '../llm/errors/failure.ts'
import type { Job } from '../queue/jobs.ts'

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
export type Claimed = z.infer<typeof Claimed>

/** Enough of a row to know whose claim it answers. */
const WithId = z.looseObject({ id: z.string() })

/**
 * `$4`: the outcomes of calls whose answer could not be used, `$5`: of calls that failed in a way that may pass. The first
 * claim has no earlier calls to count.
 */
const returned = `g.id, user_id, account_id, request_id, trace_id, kind, source_text, input, model, prompt_version, options, attempts, data_residency,
  to_jsonb(recto.account_policy(account_id)) as account_policy,
  case when attempts = 1 then 0
    else (select count(*)::integer from public.ai_calls c where c.generation_id = g.id and c.outcome = any ($4::text[])) end
    as unusable_answers,
  case when attempts = 1 then 0
    else (select count(*)::integer from public.ai_calls c where c.generation_id = g.id and c.outcome = any ($5::text[])) end
    as failed_calls,
  round(extract(epoch from clock_timestamp() - created_at) * 1000)::float8 as waited_ms`

/**
 * A live generation may be claimed for a delivery that is newer than its last claim: the worker of an older one is taken
 * for dead.
 */
const claimOne = (job: Job) => {
  const scope = naming({ generation: job.id }, '$3')
  return {
    name: 'claim',
    text: `with scope as materialized (select ${scope.sql})
    update public.ai_generations g
    set status = 'running', attempts = attempts + 1, delivered_at = $2, started_at = coalesce(started_at, clock_timestamp()), ai_metadata = '{}'
    from scope
    where id = $1 and status in ('pending', 'running') and (delivered_at is null or delivered_at < $2)
    returning ${returned}`,
    values: [job.id, job.deliveredAt, scope.value, unusableClasses, repeatedClasses],
  }
}

/** Jobs that are delivered together are claimed together: a queue and the accounts of its jobs live in one database. */
const several = naming({ across: 'claims' }, '$3')

/** The same for several generations. One whose row is locked is left out. */
const claimMany = (jobs: Job[]) => ({
  name: 'claim_many',
  text: `with scope as materialized (select ${several.sql}),
    free as (
      select g.id, delivery.at
      from public.ai_generations g join unnest($1::uuid[], $2::timestamptz[]) as delivery (id, at) on g.id = delivery.id
      where status in ('pending', 'running') and (delivered_at is null or delivered_at < delivery.at)
      for update of g skip locked
    )
    update public.ai_generations g
    set status = 'running', attempts = attempts + 1, delivered_at = free.at, started_at = coalesce(started_at, clock_timestamp()), ai_metadata = '{}'
    from free, scope where g.id = free.id
    returning ${returned}`,
  values: [
    jobs.map(({ id }) => id),
    jobs.map(({ deliveredAt }) => deliveredAt),
    several.value,
    unusableClasses,
    repeatedClasses,
  ],
})

/** Sends one statement. */
type Send = (statement: Statement) => Promise<Answer>

type Waiting = { job: Job; claimed: PromiseWithResolvers<Claimed | undefined> }

/**
 * Claims one generation per call; undefined when it is not free. Calls that meet share a statement, so that a burst
 * costs a few statements and not one per job. A generation that this statement leaves out is claimed by itself: nobody
 * waits for a row that somebody else holds.
 */
export const createClaim = (query: Send) => {
  const alone = async (job: Job): Promise<Claimed | undefined> => {
    return rowsOf(await query(claimOne(job)), Claimed)[0]
  }

  /** Reads each row by itself: all of them are claimed already, so one of another form must not reject the others. */
  const read = async (row: object): Promise<Claimed> => Claimed.parse(row)

  const batcher = createBatcher<string, Waiting>(
    async (batch) => {
      const waiting = [...batch.values()]
      const [only] = waiting
      if (only && waiting.length === 1) return only.claimed.resolve(alone(only.job))
      try {
        const answer = await query(claimMany(waiting.map(({ job }) => job)))
        const byId = new Map(rowsOf(answer, WithId).map((row) => [row.id, row]))
        for (const { job, claimed } of waiting) {
          const row = byId.get(job.id)
          claimed.resolve(row ? read(row) : alone(job))
        }
      } catch (error) {
        for (const { claimed } of waiting) claimed.reject(error)
      }
    },
    { soon: true },
  )

  return (job: Job): Promise<Claimed | undefined> => {
    // Each of two deliveries of one job has to learn by itself whether it may run.
    if (batcher.waiting(job.id)) return alone(job)
    const claimed = Promise.withResolvers<Claimed | undefined>()
    batcher.add(job.id, { job, claimed })
    return claimed.promise
  }
}
