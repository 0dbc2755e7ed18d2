import { bossOn } from '@recto/shared/boss-on'
import { rowsOf, type Tx } from '@recto/shared/database'
import { type AlertJobData, alertQueue } from '@recto/shared/queue'
import { enter, inTransaction, queryWithin } from '@recto/shared/transaction'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { z } from 'zod'
import { Alert, AlertReason } from './alert.ts'

const columns = `account_id, month::text, reason, threshold, spent_usd::text, budget_usd::text`

/** Of two workers that run this at once, the second one waits for the first and finds no rows. */
const enqueueStatement = {
  name: 'alerts_enqueue',
  text: `update public.budget_alerts set enqueued_at = clock_timestamp() where enqueued_at is null returning ${columns}`,
}

const Data = z.object({ account_id: z.uuid(), month: z.iso.date(), reason: AlertReason, threshold: z.int() })

const readStatement = ({ account_id, month, reason, threshold }: AlertJobData) => ({
  name: 'alert_read',
  text: `select ${columns} from public.budget_alerts 
    where account_id = $1 and month = $2 and reason = $3 and threshold = $4`,
  values: [account_id, month, reason, threshold],
})

/** A message of the queue. `alert` is null when its row was deleted, or when the message names none. */
export type Delivery = { jobId: string; retryCount: number; alert: Alert | null }

/** All SQL of alerts. Every function may run in several workers at once. */
export const createAlertStore = ({ pool, boss }: { pool: pg.Pool; boss: PgBoss }) => {
  const enqueue = (tx: Tx, { account_id, month, reason, threshold }: Alert) =>
    boss.send(alertQueue, { account_id, month, reason, threshold } satisfies AlertJobData, { db: bossOn(tx) })

  return {
    /** Raises the alerts of budgets that were lowered to what is spent already. `enqueueAlerts` sends them. */
    raiseMissed: async (): Promise<void> => {
      const statement = { name: 'alerts_missed', text: 'select recto.raise_missed_budget_alerts()' }
      await queryWithin(pool, { across: 'alerts' }, statement)
    },

    /** Marks alerts as enqueued and returns them. With `message` each gets a job in the same transaction. */
    enqueueAlerts: (message: boolean): Promise<Alert[]> =>
      inTransaction(pool, enter({ across: 'alerts' }), async (tx) => {
        const alerts = rowsOf(await tx.query(enqueueStatement), Alert)
        if (message) for (const alert of alerts) await enqueue(tx, alert)
        return alerts
      }),

    /** Fetches up to `batchSize` messages that are due. No other worker gets them. */
    fetch: async (batchSize: number): Promise<Delivery[]> => {
      const jobs = await boss.fetch(alertQueue, { batchSize, includeMetadata: true })
      return Promise.all(
        jobs.map(async ({ id, retryCount, data }) => {
          const key = Data.safeParse(data).data
          if (!key) return { jobId: id, retryCount, alert: null }
          const answer = await queryWithin(pool, { account: key.account_id }, readStatement(key))
          return { jobId: id, retryCount, alert: rowsOf(answer, Alert)[0] ?? null }
        }),
      )
    },

    complete: async ({ jobId }: Delivery): Promise<void> => {
      await boss.complete(alertQueue, jobId)
    },

    /** Retries a message after `delaySeconds`, unless its retries are used up. */
    fail: ({ jobId }: Delivery, delaySeconds: number): Promise<void> =>
      inTransaction(pool, enter({ across: 'alerts' }), async (tx) => {
        await boss.fail(alertQueue, jobId, null, { db: bossOn(tx) })
        await boss.update(alertQueue, undefined, { id: jobId, startAfter: delaySeconds, db: bossOn(tx) })
      }),
  }
}

export type AlertStore = ReturnType<typeof createAlertStore>
