import { inTransaction, type Tx } from '@recto/shared/database'
import { bossOn } from '@recto/shared/jobs'
import { type AlertJobData, alertQueue } from '@recto/shared/queue'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { z } from 'zod'
import type { Alert } from './alert.ts'

const columns = `account_id, month::text, threshold, spent_usd::text, budget_usd::text`

/** Two workers that meet here wait for each other, and the second one finds nothing. */
const handOnStatement = {
  name: 'alerts_hand_on',
  text: `update public.budget_alerts set enqueued_at = clock_timestamp() where enqueued_at is null returning ${columns}`,
}

const Data = z.object({ account_id: z.uuid(), month: z.iso.date(), threshold: z.int() })

const readStatement = ({ account_id, month, threshold }: AlertJobData) => ({
  name: 'alert_read',
  text: `select ${columns} from public.budget_alerts where account_id = $1 and month = $2 and threshold = $3`,
  values: [account_id, month, threshold],
})

/** An alert on its way; null when its row is gone. */
export type Delivery = { jobId: string; retryCount: number; alert: Alert | null }

/** All SQL of alerts. Every verb may run in many workers at once. */
export const createAlertStore = ({ pool, boss }: { pool: pg.Pool; boss: PgBoss }) => {
  const enqueue = (tx: Tx, { account_id, month, threshold }: Alert) =>
    boss.send(alertQueue, { account_id, month, threshold } satisfies AlertJobData, { db: bossOn(tx) })

  return {
    /** Marks alerts that nobody was told of; with `message` each gets its job in the same transaction. Answers them. */
    enqueueAlerts: (message: boolean): Promise<Alert[]> =>
      inTransaction(pool, async (tx) => {
        const { rows } = await tx.query<Alert>(handOnStatement)
        if (message) for (const alert of rows) await enqueue(tx, alert)
        return rows
      }),

    /** Up to `batchSize` messages that are due, each for this worker alone. */
    fetch: async (batchSize: number): Promise<Delivery[]> => {
      const jobs = await boss.fetch(alertQueue, { batchSize, includeMetadata: true })
      return Promise.all(
        jobs.map(async ({ id, retryCount, data }) => {
          const { rows } = await pool.query<Alert>(readStatement(Data.parse(data)))
          return { jobId: id, retryCount, alert: rows[0] ?? null }
        }),
      )
    },

    complete: async ({ jobId }: Delivery): Promise<void> => {
      await boss.complete(alertQueue, jobId)
    },

    /** Again after `delaySeconds`, as long as it has tries left. */
    fail: ({ jobId }: Delivery, delaySeconds: number): Promise<void> =>
      inTransaction(pool, async (tx) => {
        await boss.fail(alertQueue, jobId, null, { db: bossOn(tx) })
        await boss.update(alertQueue, undefined, { id: jobId, startAfter: delaySeconds, db: bossOn(tx) })
      }),
  }
}

export type AlertStore = ReturnType<typeof createAlertStore>
