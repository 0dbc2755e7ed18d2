import { type Answer, rowsOf, type Statement } from '@recto/shared/database'
import { generationQueue } from '@recto/shared/queue'
import { naming } from '@recto/shared/transaction'
import { z } from 'zod'
import { repeatedClasses, unusableClasses } from '../llm/errors/failure.ts'
import type { Job } from '../queue/jobs.ts'
import { readRun } from './run.ts'

/** Jobs that are delivered together are claimed together: a queue and the accounts of its jobs live in one database. */
const scope = naming({ across: 'claims' }, '$3')

/**
 * A live generation may be claimed for a delivery that is newer than its last claim: the worker of an older one is taken
 * for dead.
 */
const isFree = `g.status in ('pending', 'running') and (g.delivered_at is null or g.delivered_at < scope.delivered_at)`

/** Counts earlier calls of the generation `g` by their outcomes. The first claim has none. */
const countOf = (outcomes: `$${number}`) => `case when g.attempts = 1 then 0
        else (select count(*)::integer from public.ai_calls c where c.generation_id = g.id and c.outcome = any (${outcomes}::text[])) end`

/** What earlier calls of a generation with a budget of tokens used. Its first claim has none. */
const ofEarlierCalls = (figure: string) => `case when g.attempts = 1 or g.max_total_tokens is null then 0
        else (select ${figure} from public.ai_calls c where c.generation_id = g.id) end`
const usedTokens = ofEarlierCalls('coalesce(sum(c.tokens_input + c.tokens_output), 0)::float8')
const unmeasuredCalls = ofEarlierCalls(`count(*) filter (where c.tokens_input + c.tokens_output is null
          and (c.cost_usd = 0 and c.cost_source is null) is not true)::integer`)

/**
 * Fetches jobs as pg-boss does (tests/worker/take.test.ts compares the two), and claims their generations. The job of a
 * generation that somebody else has locked is left in the queue; `beyond` is how many jobs to look at in the place of such.
 *
 * The statement does not wait for the disk. When Postgres crashes right after it, its jobs are simply not fetched: no
 * request has left by then, because a request leaves after the commit of its call, which takes this one along to the disk.
 */
const takeStatement = (limit: number, beyond: number): Statement => ({
  name: 'take',
  text: `with scope as materialized (
      select ${scope.sql}, set_config('synchronous_commit', 'off', true),
        date_trunc('milliseconds', pgboss.job_now()) as delivered_at
    ),
    next as materialized (
      select j.id, j.priority, j.created_on from pgboss.job_common j
      where j.name = $1 and j.state < 'active' and not j.blocked and j.start_after <= pgboss.job_now()
      order by j.priority desc, j.created_on limit $2::integer + $6::integer for update of j skip locked
    ),
    free as materialized (
      select g.id from public.ai_generations g join next using (id), scope where ${isFree} for no key update of g skip locked
    ),
    picked as materialized (
      select n.id, f.id as free from next n left join free f using (id), scope
      where f.id is not null or not exists (select from public.ai_generations g where g.id = n.id and ${isFree})
      order by n.priority desc, n.created_on limit $2::integer
    ),
    fetched as (
      update pgboss.job_common j set state = 'active', started_on = pgboss.job_now(), heartbeat_on = pgboss.job_now(),
        retry_count = case when j.started_on is not null then j.retry_count + 1 else j.retry_count end
      from picked, scope where j.name = $1 and j.id = picked.id
      returning j.id as "jobId", j.priority, j.retry_count as "retryCount", j.retry_limit as "retryLimit",
        scope.delivered_at as "deliveredAt",
        greatest(0, round(extract(epoch from scope.delivered_at - j.created_on) * 1000))::float8 as "queuedMs"
    ),
    claimed as (
      update public.ai_generations g set status = 'running', attempts = g.attempts + 1, delivered_at = scope.delivered_at,
        started_at = coalesce(g.started_at, clock_timestamp()), ai_metadata = '{}'
      from picked, scope where g.id = picked.free
      returning g.id, g.user_id as "userId", g.account_id as "accountId", g.request_id as "requestId", g.traceparent,
        g.kind, g.source_text as "sourceText", g.input, g.model, g.prompt_version as "promptVersion", g.options,
        g.attempts as attempt, g.data_residency as "dataResidency", g.optimize,
        ${countOf('$4')} as "unusableAnswers",
        ${countOf('$5')} as "failedCalls",
        g.max_total_tokens as "maxTotalTokens", (${usedTokens}) as "usedTokens", (${unmeasuredCalls}) as "unmeasuredCalls",
        round(extract(epoch from clock_timestamp() - g.created_at) * 1000)::float8 as "waitedMs"
    ),
    policies as materialized (
      select a."accountId", to_jsonb(recto.account_policy(a."accountId")) as "accountPolicy"
      from (select distinct c."accountId" from claimed c) a
    )
    select n."lookedAt", f.*, c.*, p."accountPolicy"
    from (select count(*)::integer as "lookedAt" from next) n left join fetched f on true
      left join claimed c on c.id = f."jobId" left join policies p using ("accountId")`,
  values: [generationQueue, limit, scope.value, unusableClasses, repeatedClasses, beyond],
})

/** A row of a take. `lookedAt`: how many jobs it has looked at. Without a job it is the only row. */
const Found = z.looseObject({ lookedAt: z.int(), jobId: z.string().nullable() })

const Fetched = z.object({
  jobId: z.string(),
  priority: z.int(),
  retryCount: z.int(),
  retryLimit: z.int(),
  deliveredAt: z.string(),
  /** Null when the generation needs no run: it has ended, was deleted, or runs for a newer delivery. */
  id: z.string().nullable(),
})

const readJob = (row: unknown): Job => {
  const { jobId, id, deliveredAt, ...job } = Fetched.parse(row)
  return { ...job, id: jobId, deliveredAt: new Date(deliveredAt).toISOString(), run: id === null ? null : readRun(row) }
}

/**
 * Takes up to `limit` jobs from the queue, highest priority first, and claims their generations in the same statement. It
 * looks behind jobs that are left because of their generation, so that these hold up nobody. A row of another form goes to
 * `onUnreadable` and does not take along the others; its job is delivered again, as one of a worker that has died.
 */
export const createTake = (
  query: (statement: Statement) => Promise<Answer>,
  onUnreadable: (error: unknown) => void,
): ((limit: number) => Promise<Job[]>) => {
  const readJobs = (row: unknown): Job[] => {
    try {
      return [readJob(row)]
    } catch (error) {
      onUnreadable(error)
      return []
    }
  }

  const take = async (limit: number, beyond: number): Promise<Job[]> => {
    const rows = rowsOf(await query(takeStatement(limit, beyond)), Found)
    const taken = rows.filter(({ jobId }) => jobId !== null)
    const jobs = taken.flatMap(readJobs)
    const lookedAt = rows[0]?.lookedAt ?? 0
    if (taken.length === limit || lookedAt < limit + beyond) return jobs
    // What was taken so far is not lost with the next statement. Its error shows again at the next take.
    const more = await take(limit - taken.length, lookedAt - taken.length).catch(() => [])
    return [...jobs, ...more]
  }

  return (limit) => take(limit, 0)
}
