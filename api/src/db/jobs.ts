import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { bossOn } from '@recto/shared/boss-on'
import type { Statement, Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import { channels, generationQueue, queueSchema } from '@recto/shared/queue'
import type pg from 'pg'
import { PgBoss } from 'pg-boss'
import { RECONNECT_MS } from '../deadlines.ts'

/** The queue as the API uses it. A change joins the transaction that it is given. */
export type Jobs = {
  /** @throws AppError database_unavailable before the first connection, which also offers the names of this process */
  check(): void
  cancel(id: string, tx: Tx): Promise<void>
  remove(ids: string | string[], tx: Tx): Promise<void>
}

/** Wakes the workers if a job waits. A submission that was refused leaves none behind, so it wakes nobody. */
export const wakeForJobs: Statement = {
  name: 'wake_for_jobs',
  text: `select pg_notify($1, '') where exists (
    select from pgboss.job_common where name = $2 and state < 'active' and not blocked and start_after <= now())`,
  values: [channels.jobs, generationQueue],
}

/** Connects to the queue, and tries again until the database can be reached. */
export const createJobs = (pool: pg.Pool, onError: (error: unknown) => void) => {
  const boss = new PgBoss({
    db: bossOn(pool),
    schema: queueSchema,
    migrate: false,
    supervise: false,
    schedule: false,
  })
  boss.on('error', onError)
  const stopped = new AbortController()
  let started = false

  /** Connects. `prepare` is done before anything can be sent, and again when it fails. */
  const start = async (prepare: () => Promise<void>): Promise<void> => {
    while (!started && !stopped.signal.aborted) {
      try {
        await boss.start()
        // pg-boss starts even when it cannot read its queues. Only a call shows that it works.
        await boss.cancel(generationQueue, randomUUID())
        await prepare()
        started = true
      } catch (error) {
        onError(error)
        await boss.stop({ graceful: false }).catch(onError)
        await delay(RECONNECT_MS, undefined, { signal: stopped.signal }).catch(() => undefined)
      }
    }
  }

  const check = (): void => {
    if (!started) throw new AppError('database_unavailable', undefined, { retryAfter: 2 })
  }

  const jobs: Jobs = {
    check,
    cancel: async (id, tx) => {
      check()
      await boss.cancel(generationQueue, id, { db: bossOn(tx) })
    },
    remove: async (ids, tx) => {
      check()
      await boss.deleteJob(generationQueue, ids, { db: bossOn(tx) })
    },
  }
  return {
    ...jobs,
    start,
    /**
     * Resolves when the queue can be used.
     * @throws AppError database_unavailable before the first connection; else Error
     */
    ready: async (): Promise<void> => {
      check()
      if ((await boss.getQueue(generationQueue)) === null) throw new Error('the queue does not exist')
    },
    stop: async (): Promise<void> => {
      stopped.abort()
      await boss.stop({ graceful: false }).catch(onError)
    },
  }
}
