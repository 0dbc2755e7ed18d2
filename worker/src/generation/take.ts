import type { Answer, Statement } from '@recto/shared/database'
import { generationQueue } from '@recto/shared/queue'
import { naming } from '@recto/shared/transaction'
import { z } from 'zod'
import type { Job } from '../queue/jobs.ts'
import { claimed, countedOutcomes, readRun } from './claim.ts'

/** Jobs that are delivered together are claimed together: a queue and the accounts of its jobs live in one database. */
const scope = naming({ across: 'claims' }, '$3')

/**
 * Fetches jobs as pg-boss does (tests/worker/take.test.ts compares the two), and claims their generations. A generation
 * whose row is locked is left out.
 *
 * The statement does not wait for the disk. When Postgres crashes right after it, its jobs are simply not fetched: no
 * request has left by then, because a request leaves after the commit of its call, which takes this one along to the disk.
 */
const takeStatement = (limit: number): Statement => ({
  name: 'take',
  text: `with scope as materialized (select ${scope.sql}, set_config('synchronous_commit', 'off', true)),
    next as materialized (
      select j.id from pgboss.job_common j
      where j.name = $1 and j.state < 'active' and not j.blocked and j.start_after <= pgboss.job_now()
      order by j.priority desc, j.created_on limit $2 for update of j skip locked
    ),
    fetched as (
      update pgboss.job_common j set state = 'active', started_on = pgboss.job_now(), heartbeat_on = pgboss.job_now(),
        retry_count = case when j.started_on is not null then j.retry_count + 1 else j.retry_count end
      from next where j.name = $1 and j.id = next.id
      returning j.id as job_id, j.priority, j.retry_count, j.retry_limit, date_trunc('milliseconds', j.started_on) as delivered_at
    ),
    free as materialized (
      select g.id, f.delivered_at from public.ai_generations g join fetched f on g.id = f.job_id, scope
      where ${claimed.isFree('f.delivered_at')} for update of g skip locked
    ),
    claimed as (
      update public.ai_generations g set ${claimed.set('free.delivered_at')} from free where g.id = free.id
      returning ${claimed.columns('$4', '$5')}
    ),
    policies as materialized (
      select a.account_id, to_jsonb(recto.account_policy(a.account_id)) as account_policy
      from (select distinct c.account_id from claimed c) a
    )
    select f.*, c.*, p.account_policy
    from fetched f left join claimed c on c.id = f.job_id left join policies p on p.account_id = c.account_id`,
  values: [generationQueue, limit, scope.value, ...countedOutcomes],
})

const Fetched = z.object({
  job_id: z.string(),
  priority: z.int(),
  retry_count: z.int(),
  retry_limit: z.int(),
  delivered_at: z.string(),
  /** Null when the generation could not be claimed. */
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
 * Takes up to `limit` jobs from the queue, highest priority first, and claims their generations in the same statement. A
 * row of another form goes to `onUnreadable` and does not take along the others; its job is delivered again, as one of a
 * worker that has died.
 */
export const createTake =
  (query: (statement: Statement) => Promise<Answer>, onUnreadable: (error: unknown) => void) =>
  async (limit: number): Promise<Job[]> => {
    const { rows } = await query(takeStatement(limit))
    return rows.flatMap((row) => {
      try {
        return [readJob(row)]
      } catch (error) {
        onUnreadable(error)
        return []
      }
    })
  }
