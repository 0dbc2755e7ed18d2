import { readableRowsOf, rowsOf } from '@recto/shared/database'
import { webhookQueue } from '@recto/shared/queue'
import { type AcrossAccounts, queryAlone, queryWithin, type Scope } from '@recto/shared/transaction'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { z } from 'zod'
import type { Posted } from './posted.ts'

/** In all workers together, so that a slow webhook takes few slots from others. */
const requestsPerWebhook = 2

/** How many deliveries of one webhook are in the queue at most, and of how many one statement makes jobs. */
const queuedPerWebhook = 50
const queuedAtOnce = 500

const queueStatement = {
  name: 'webhooks_queue',
  text: `select set_config('recto.across_accounts', $1, true), recto.queue_deliveries($2, $3) as queued`,
  values: ['webhooks' satisfies AcrossAccounts, queuedPerWebhook, queuedAtOnce],
}
const Queued = z.object({ queued: z.boolean() })

/** A delivery that the queue has given to this worker. */
export type DeliveryJob = { id: string; accountId: string }
const Job = z
  .object({ id: z.string(), data: z.object({ account_id: z.string() }) })
  .transform(({ id, data }): DeliveryJob => ({ id, accountId: data.account_id }))

const readStatement = (id: string) => ({
  name: 'webhook_read',
  text: `select d.endpoint_id, e.url, d.webhook_id, d.type, d.created_at as timestamp, d.data, d.tries, array(
      select json_build_object('secret', s.secret, 'private_key', s.private_key) from recto.webhook_secrets s
      where s.endpoint_id = d.endpoint_id and (s.expires_at is null or s.expires_at > now()) order by s.created_at desc
    ) as keys
    from public.webhook_deliveries d join public.webhook_endpoints e on e.id = d.endpoint_id
    where d.id = $1 and d.status = 'pending' and e.enabled`,
  values: [id],
})

/** What is sent, and where to. `tries`: requests before this one, since the event or its last replay. */
const Message = z.object({
  endpoint_id: z.string(),
  url: z.string(),
  webhook_id: z.string(),
  type: z.string(),
  timestamp: z.string(),
  data: z.record(z.string(), z.unknown()),
  tries: z.int(),
  keys: z.array(z.object({ secret: z.string(), private_key: z.string() })).min(1),
})
export type Message = z.infer<typeof Message>

/** A request that was made. `againSeconds`: until the next one; null for none. `startedAt` in ISO 8601. */
export type Attempt = { startedAt: string; posted: Posted; againSeconds: number | null }

const recordStatement = (id: string, { startedAt, posted, againSeconds }: Attempt, tellOperator: boolean) => ({
  name: 'webhook_record',
  text: 'select recto.record_webhook_attempt($1, $2, $3, $4, $5, $6, $7, $8, $9) as disabled',
  values: [
    id,
    startedAt,
    posted.status,
    posted.ok ? null : posted.class,
    posted.latencyMs,
    posted.ok ? null : posted.excerpt,
    posted.ok ? null : posted.message,
    againSeconds,
    tellOperator,
  ],
})
const Recorded = z.object({ disabled: z.enum(['gone', 'failing']).nullable() })

const everywhere: Scope = { across: 'webhooks' }

export type WebhookStoreDeps = {
  pool: pg.Pool
  boss: PgBoss
  tellOperator: boolean
  /** Gets the error of a job that was fetched and cannot be read. */
  onUnreadable(error: unknown): void
}

/** All SQL of deliveries to webhooks. Every function may run in several workers at once. */
export const createWebhookStore = ({ pool, boss, tellOperator, onUnreadable }: WebhookStoreDeps) => {
  return {
    /** Gives jobs to deliveries that are due. Answers whether the queue has some. Costs little when nothing is due. */
    queue: async (): Promise<boolean> => {
      const [row] = rowsOf(await queryAlone(pool, queueStatement), Queued)
      return row?.queued ?? false
    },

    /**
     * Takes up to `most` deliveries, and of one webhook only as many as may be under way. No other worker gets them. A job of
     * another form is left out; `recover` replaces it.
     */
    fetch: async (most: number): Promise<DeliveryJob[]> => {
      const jobs = await boss.fetch(webhookQueue, { batchSize: most, groupConcurrency: requestsPerWebhook })
      return readableRowsOf({ rows: jobs, rowCount: jobs.length }, Job, onUnreadable)
    },

    /** Undefined when nothing is to be sent: the delivery is over or gone, or its webhook is disabled or gone. */
    read: async ({ id, accountId }: DeliveryJob): Promise<Message | undefined> =>
      rowsOf(await queryWithin(pool, { account: accountId }, readStatement(id)), Message)[0],

    /** Ends the job. A delivery that is not over is due again. */
    handBack: async ({ id, accountId }: DeliveryJob): Promise<void> => {
      const text = 'select recto.hand_back_delivery($1)'
      await queryWithin(pool, { account: accountId }, { name: 'webhook_hand_back', text, values: [id] })
    },

    /**
     * Writes an attempt and ends the job. Answers why the webhook was disabled by it, else null. The operator is told, in the
     * same transaction, of one that kept failing.
     */
    record: async ({ id, accountId }: DeliveryJob, attempt: Attempt): Promise<'gone' | 'failing' | null> => {
      const statement = recordStatement(id, attempt, tellOperator)
      const [row] = rowsOf(await queryWithin(pool, { account: accountId }, statement), Recorded)
      return row?.disabled ?? null
    },

    /** Makes deliveries due again whose worker has had them for longer than `longestMs`. Answers how many. */
    recover: async (longestMs: number): Promise<number> => {
      const text = 'select recto.recover_deliveries($1)::integer as recovered'
      const statement = { name: 'webhooks_recover', text, values: [longestMs / 1000] }
      const [row] = rowsOf(await queryWithin(pool, everywhere, statement), z.object({ recovered: z.int() }))
      return row?.recovered ?? 0
    },
  }
}

export type WebhookStore = ReturnType<typeof createWebhookStore>
