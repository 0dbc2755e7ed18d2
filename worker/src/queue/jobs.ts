import { bossOn } from '@recto/shared/boss-on'
import { rowsOf, type Tx } from '@recto/shared/database'
import { generationQueue, type JobData, retryLimit } from '@recto/shared/queue'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { z } from 'zod'
import type { Run } from '../generation/run.ts'

/** One delivery of a generation's job. `deliveredAt` distinguishes it from earlier deliveries of the same job. */
export type Job = {
  /** The id of the generation. */
  id: string
  priority: number
  retryCount: number
  retryLimit: number
  /** ISO 8601 in milliseconds, by the clock of the database. */
  deliveredAt: string
  /** The run of its generation, which the delivery has claimed; null when the generation needs none. */
  run: Run | null
}

const Active = z.object({ index: z.int() })

/** pg-boss's own statement locks jobs in no order, and so may deadlock with a transaction that deletes several. */
const touchStatement = (jobs: Job[]) => ({
  name: 'jobs_touch',
  text: `with own as materialized (
      select j.id, d.ordinality::integer - 1 as index from pgboss.job_common j join unnest($2::uuid[], $3::integer[], $4::timestamptz[])
        with ordinality as d (id, retry_count, delivered_at, ordinality) on j.name = $1 and j.id = d.id and j.retry_count = d.retry_count and date_trunc('milliseconds', j.started_on) = d.delivered_at
      where j.state = 'active' order by j.id for no key update of j
    )
    update pgboss.job_common j set heartbeat_on = now() from own where j.name = $1 and j.id = own.id
    returning own.index`,
  values: [
    generationQueue,
    jobs.map(({ id }) => id),
    jobs.map(({ retryCount }) => retryCount),
    jobs.map(({ deliveredAt }) => deliveredAt),
  ],
})

/**
 * pg-boss compares `retry_count` only, which starts anew when a job is handed back. The time of the delivery does not: a
 * hand-back that is sent again must not delete the delivery that followed it. A job that has ended holds nothing that its
 * generation does not, so none is kept as completed. `recto.finish_runs` deletes jobs under the same conditions.
 */
const deleteDelivery = ({ id, retryCount, deliveredAt }: Job) => ({
  name: 'job_delete_delivery',
  text: `delete from pgboss.job where name = $1 and id = $2 and state = 'active' and retry_count = $3
      and date_trunc('milliseconds', started_on) = $4::timestamptz`,
  values: [generationQueue, id, retryCount, deliveredAt],
})

const deleteFinished = (id: string) => ({
  name: 'job_delete_finished',
  text: `delete from pgboss.job where name = $1 and id = $2 and state not in ('created', 'retry', 'active')`,
  values: [generationQueue, id],
})

/** The queue as the worker uses it. Functions that settle a job take the transaction that settles its generation. */
export const createJobs = (boss: PgBoss, pool: pg.Pool) => ({
  /** Renews the heartbeats of all jobs in one statement, and returns the jobs that still belong to this worker. */
  touch: async (jobs: Job[]): Promise<ReadonlySet<Job>> => {
    const active = rowsOf(await pool.query(touchStatement(jobs)), Active)
    return new Set(active.flatMap(({ index }) => jobs[index] ?? []))
  },

  /** Deletes the job of this delivery. A job that was delivered again since is left alone. */
  remove: async (tx: Tx, job: Job): Promise<void> => {
    await tx.query(deleteDelivery(job))
  },

  /** Retries a job after `delaySeconds`, which uses up one of its tries. */
  retry: async (tx: Tx, job: Job, delaySeconds: number): Promise<void> => {
    await boss.fail(generationQueue, job, null, { db: bossOn(tx) })
    await boss.update(generationQueue, undefined, { id: job.id, startAfter: delaySeconds, db: bossOn(tx) })
  },

  /** Returns a job to the queue with its remaining tries, to run after `delaySeconds`. pg-boss has no call for that. */
  release: async (tx: Tx, job: Job, delaySeconds: number): Promise<void> => {
    await boss.deleteJob(generationQueue, job, { db: bossOn(tx) })
    await boss.send(generationQueue, { generation_id: job.id } satisfies JobData, {
      id: job.id,
      priority: job.priority,
      retryLimit: Math.max(0, job.retryLimit - job.retryCount),
      ...(delaySeconds > 0 && { startAfter: delaySeconds }),
      db: bossOn(tx),
    })
  },

  /** Replaces a generation's finished job by a new one. A live job, which another worker added first, stays. */
  renew: async (tx: Tx, id: string, priority: number): Promise<void> => {
    await tx.query(deleteFinished(id))
    await boss.send(generationQueue, { generation_id: id } satisfies JobData, {
      id,
      priority,
      retryLimit,
      db: bossOn(tx),
    })
  },
})

export type Jobs = ReturnType<typeof createJobs>
