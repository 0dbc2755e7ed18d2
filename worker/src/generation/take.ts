import { type Answer, rowsOf, type Statement } from '@recto/shared/database'
import { generationQueue } from '@recto/shared/queue'
import { naming } from '@recto/shared/transaction'
import { z } from 'zod'
import { repeatedClasses, unusableClasses } from '../llm/errors/failure.ts'
import type { Job } from '../queue/jobs.ts'
import { readRun } from './run.ts'

/** Jobs that are delivered together are claimed together: a queue and the accounts of its jobs live in one database. */
const scope = naming({ across: 'claims' }, '$3')

/** A live generation may be claimed for a delivery that is newer than its last claim: the worker of an older one is taken for dead. */
const isFree = `g.status in ('pending', 'running') and (g.delivered_at is null or g.delivered_at < scope.delivered_at)`

/** Counts earlier calls of the generation `g` by their outcomes. The first claim has none. */
const countOf = (outcomes: `$${number}`) => `case when g.attempts = 1 then 0
        else (select count(*)::integer from public.ai_calls c where c.generation_id = g.id and c.outcome = any (${outcomes}::text[])) end`

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
    looked_at as materialized (
      select n.*, f.id as free,
        f.id is null and exists (select from public.ai_generations g where g.id = n.id and ${isFree}) as held
      from next n left join free f using (id), scope
    ),
    picked as materialized (
      select l.* from looked_at l where not l.held order by l.priority desc, l.created_on limit $2::integer
    ),
    fetched as (
      update pgboss.job_common j set state = 'active', started_on = pgboss.job_now(), heartbeat_on = pgboss.job_now(),
        retry_count = case when j.started_on is not null then j.retry_count + 1 else j.retry_count end
      from picked, scope where j.name = $1 and j.id = picked.id
      returning j.id as job_id, j.priority, j.retry_count, j.retry_limit, scope.delivered_at
    ),
    claimed as (
      update public.ai_generations g set status = 'running', attempts = g.attempts + 1, delivered_at = scope.delivered_at,
        started_at = coalesce(g.started_at, clock_timestamp()), ai_metadata = '{}'
      from picked, scope where g.id = picked.free
      returning g.id, g.user_id, g.account_id, g.request_id, g.trace_id, g.kind, g.source_text, g.input, g.model,
        g.prompt_version, g.options, g.attempts, g.data_residency, ${countOf('$4')} as unusable_answers,
        ${countOf('$5')} as failed_calls,
        round(extract(epoch from clock_timestamp() - g.created_at) * 1000)::float8 as waited_ms
    ),
    policies as materialized (
      select a.account_id, to_jsonb(recto.account_policy(a.account_id)) as account_policy
      from (select distinct c.account_id from claimed c) a
    )
    select h.held, f.*, c.*, p.account_policy
    from (select count(*)::integer as held from looked_at l where l.held) h left join fetched f on true
      left join claimed c on c.id = f.job_id left join policies p on p.account_id = c.account_id`,
  values: [generationQueue, limit, scope.value, unusableClasses, repeatedClasses, beyond],
})

/** A row of a take. `held`: how many jobs were left because of their generation. Without a job it is the only row. */
const Found = z.looseObject({ held: z.int(), job_id: z.string().nullable() })

const Fetched = z.object({
  job_id: z.string(),
  priority: z.int(),
  retry_count: z.int(),
  retry_limit: z.int(),
  delivered_at: z.string(),
  /** Null when the generation needs no run: it has ended, was deleted, or runs for a newer delivery. */
  id: z.string().nullable(),
})

const readJob = (row: unknown): Job => {
  const job = Fetched.parse(row)
  return {
    id: job.job_id,
    priority: job.priority,
    retryCount: job.retry_count,
    retryLimit: job.retry_limit,
    deliveredAt: new Date(job.delivered_at).toISOString(),
    run: job.id === null ? null : readRun(row),
  }
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

  const take = async (limit: number, beyond: number) => {
    const rows = rowsOf(await query(takeStatement(limit, beyond)), Found)
    const jobs = rows.filter(({ job_id }) => job_id !== null).flatMap(readJobs)
    return { jobs, held: rows[0]?.held ?? 0 }
  }

  return async (limit) => {
    let { jobs, held } = await take(limit, 0)
    for (let beyond = 0; held > beyond && jobs.length < limit; ) {
      beyond = held
      // What was taken so far is not lost with the next statement. Its error shows again at the next take.
      const more = await take(limit - jobs.length, beyond).catch(() => ({ jobs: [], held: 0 }))
      jobs = [...jobs, ...more.jobs]
      held = more.held
    }
    return jobs
  }
}
