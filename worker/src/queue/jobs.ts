import { bossOn } from '@recto/shared/boss-on'
import { rowsOf, type Tx } from '@recto/shared/database'
import { generationQueue, type JobData, retryLimit } from '@recto/shared/queue'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { z } from 'zod'

/** One delivery of a generation's job. `deliveredAt` distinguishes it from earlier deliveries of the same job. */
export type Job = {
  /** The id of the generation. */
  id: string
  priority: number
  retryCount: number
  retryLimit: number
  /** ISO 8601, by the clock of the database. */
  deliveredAt: string
}

const Active = z.object({ id: z.string(), retry_count: z.int(), started_on: z.string() })

const activeStatement = (jobs: Job[]) => ({
  name: 'jobs_active',
  text: `select id, retry_count, started_on from pgboss.job where name = $1 and id = any ($2::uuid[]) and state = 'active'`,
  values: [generationQueue, jobs.map(({ id }) => id)],
})

const deliveryTime = (startedOn: string | Date): string => new Date(startedOn).toISOString()
const deliveryOf = (id: string, retryCount: number, deliveredAt: string) => `${id} ${retryCount} ${deliveredAt}`

/**
 * pg-boss compares `retry_count` only, which starts anew when a job is handed back. The time of the delivery does not: a
 * hand-back that is sent again must not complete the delivery that followed it. Otherwise it is pg-boss's own statement.
 */
const completeDelivery = ({ id, retryCount, deliveredAt }: Job) => ({
  name: 'job_complete',
  text: `UPDATE pgboss.job SET completed_on = now(), state = 'completed'
    WHERE name = $1 AND id = $2 AND state = 'active' AND retry_count = $3
      AND date_trunc('milliseconds', started_on) = $4::timestamptz`,
  values: [generationQueue, id, retryCount, deliveredAt],
})

const deleteFinished = (id: string) => ({
  name: 'job_delete_finished',
  text: `delete from pgboss.job where name = $1 and id = $2 and state not in ('created', 'retry', 'active')`,
  values: [generationQueue, id],
})

/** The queue as the worker uses it. Functions that settle a job take the transaction that settles its generation. */
export const createJobs = (boss: PgBoss, pool: pg.Pool) => ({
  /** Fetches up to `batchSize` jobs, highest priority first, in one statement. */
  fetch: async (batchSize: number): Promise<Job[]> => {
    const jobs = await boss.fetch(generationQueue, { batchSize, includeMetadata: true })
    return jobs.map(({ id, priority, retryCount, retryLimit, startedOn }) => ({
      id,
      priority,
      retryCount,
      retryLimit,
      deliveredAt: deliveryTime(startedOn),
    }))
  },

  /** Renews the heartbeats of all jobs in one statement, and returns the jobs that still belong to this worker. */
  touch: async (jobs: Job[]): Promise<ReadonlySet<Job>> => {
    await boss.touch(generationQueue, jobs)
    const rows = rowsOf(await pool.query(activeStatement(jobs)), Active)
    const active = new Set(rows.map((row) => deliveryOf(row.id, row.retry_count, deliveryTime(row.started_on))))
    return new Set(
      jobs.filter(({ id, retryCount, deliveredAt }) => active.has(deliveryOf(id, retryCount, deliveredAt))),
    )
  },

  /** Completes this delivery. A job that was delivered again since is left alone. */
  complete: async (tx: Tx, job: Job): Promise<void> => {
    await tx.query(completeDelivery(job))
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
