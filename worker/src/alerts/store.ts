import { AccountId } from '@recto/shared/account-id'
import { bossOn } from '@recto/shared/boss-on'
import { rowsOf, type Tx } from '@recto/shared/database'
import { type AlertJobData, alertQueue } from '@recto/shared/queue'
import { enter, inTransaction, queryWithin } from '@recto/shared/transaction'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { z } from 'zod'
import { Alert, AlertReason, budgetMessage } from './alert.ts'
import { DisabledWebhook, disabledWebhookMessage } from './disabled-webhook.ts'
import { Incident, incidentMessage } from './incident.ts'
import type { Message } from './message.ts'

const columns = `account_id, month::text, reason, threshold, trim_scale(spent_usd)::text as spent_usd,
  trim_scale(budget_usd)::text as budget_usd`

/** Of two workers that run this at once, the second one waits for the first and finds no rows. */
const enqueueStatement = {
  name: 'alerts_enqueue',
  text: `update public.budget_alerts set enqueued_at = clock_timestamp() where enqueued_at is null returning ${columns}`,
}

const Data = z.object({ account_id: AccountId, month: z.iso.date(), reason: AlertReason, threshold: z.int() })

const readStatement = ({ account_id, month, reason, threshold }: AlertJobData) => ({
  name: 'alert_read',
  text: `select ${columns} from public.budget_alerts
    where account_id = $1 and month = $2 and reason = $3 and threshold = $4`,
  values: [account_id, month, reason, threshold],
})

const checkStatement = { name: 'alerts_check', text: 'select recto.check_alerts() as news' }

const takeIncidents = {
  name: 'incidents_take',
  text: `select id, name, subject, value::text, threshold::text, to_json(opened_at)#>>'{}' as opened_at,
      case when told_closed then to_json(closed_at)#>>'{}' end as closed_at
    from recto.take_incident_events()`,
}

const Checked = z.object({ news: z.boolean() })

const IncidentData = z.object({ incident: Incident })
const WebhookData = z.object({ webhook: DisabledWebhook })

/** A delivery from the queue. `message` is null when the alert's row was deleted, or when the job names none. */
export type Delivery = { jobId: string; retryCount: number; message: Message | null }

/** All SQL of alerts. Every function may run in several workers at once. */
export const createAlertStore = ({ pool, boss }: { pool: pg.Pool; boss: PgBoss }) => {
  const enqueue = (tx: Tx, { account_id, month, reason, threshold }: Alert) =>
    boss.send(alertQueue, { account_id, month, reason, threshold } satisfies AlertJobData, { db: bossOn(tx) })

  return {
    /**
     * Opens and closes incidents, and answers the begins and ends that nobody has reported. With `message` each gets a
     * job in the transaction that marks it as reported. Does nothing while another worker checks.
     */
    checkIncidents: async (message: boolean): Promise<Incident[]> => {
      const checked = rowsOf(await queryWithin(pool, { across: 'alerts' }, checkStatement), Checked)
      if (!checked[0]?.news) return []
      return inTransaction(pool, enter({ across: 'alerts' }), async (tx) => {
        const incidents = rowsOf(await tx.query(takeIncidents), Incident)
        if (message) for (const incident of incidents) await boss.send(alertQueue, { incident }, { db: bossOn(tx) })
        return incidents
      })
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
          const told = IncidentData.safeParse(data).data
          if (told) return { jobId: id, retryCount, message: incidentMessage(told.incident) }
          const disabled = WebhookData.safeParse(data).data
          if (disabled) return { jobId: id, retryCount, message: disabledWebhookMessage(disabled.webhook) }
          const key = Data.safeParse(data).data
          if (!key) return { jobId: id, retryCount, message: null }
          const [alert] = rowsOf(await queryWithin(pool, { account: key.account_id }, readStatement(key)), Alert)
          return { jobId: id, retryCount, message: alert ? budgetMessage(alert) : null }
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
