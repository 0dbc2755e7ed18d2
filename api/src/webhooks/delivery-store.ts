import { isoOfJson, rowsOf, type Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { Position } from '../generations/cursor.ts'
import { Attempt, Delivery, DeliveryWithAttempts, type Replay } from './delivery-contract.ts'
import { asWebhookErrors } from './errors.ts'

const columns = `d.id, d.webhook_id as event_id, d.type, d.data, d.status, d.attempts as attempt_count,
  d.due_at as next_attempt_at, d.created_at, d.finished_at`

/** Leads to the index by account. Row-level security decides whether the caller sees the webhook. */
const ofWebhook = `d.endpoint_id = $1 and d.account_id = (select e.account_id from public.webhook_endpoints e where e.id = $1)`

/** Before the first delivery of a list. */
const newest: Position = { created_at: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }

export type DeliveryPage = { status?: Delivery['status'] | undefined; limit: number; after?: Position | undefined }

/** Deliveries of a webhook, newest first; one more than `limit` when there are more. */
export const listDeliveries = (readAs: ReadAs, caller: Caller, webhook: string, page: DeliveryPage) => {
  const { status = null, limit, after = newest } = page
  const statement = {
    name: 'webhook_deliveries',
    text: `select ${columns} from public.webhook_deliveries d
      where ${ofWebhook} and ($2::text is null or d.status = $2) and (d.created_at, d.id) < ($3::timestamptz, $4::uuid)
      order by d.created_at desc, d.id desc limit $5`,
    values: [webhook, status, after.created_at, after.id, limit + 1],
  }
  return readAs(caller, { webhook }, statement, Delivery)
}

const DeliveryRow = DeliveryWithAttempts.extend({
  attempts: z.array(Attempt.extend({ started_at: z.string().transform(isoOfJson) })),
})

/** Undefined for a delivery of another webhook, or one that the caller does not administer. */
export const findDelivery = async (
  readAs: ReadAs,
  caller: Caller,
  webhook: string,
  id: string,
): Promise<DeliveryWithAttempts | undefined> => {
  const statement = {
    name: 'webhook_delivery',
    text: `select ${columns}, array(
        select json_build_object('number', a.number, 'started_at', a.started_at,
          'http_status', a.http_status, 'class', a.class, 'latency_ms', a.latency_ms, 'excerpt', a.excerpt, 'message', a.message)
        from public.webhook_attempts a where a.delivery_id = d.id order by a.number
      ) as attempts
      from public.webhook_deliveries d where ${ofWebhook} and d.id = $2`,
    values: [webhook, id],
  }
  return (await readAs(caller, { webhook }, statement, DeliveryRow))[0]
}

const read = async (tx: Tx, id: string): Promise<Delivery> => {
  const text = `select ${columns} from public.webhook_deliveries d where d.id = $1`
  const [delivery] = rowsOf(await tx.query({ name: 'webhook_delivery_written', text, values: [id] }), Delivery)
  if (!delivery) throw new AppError('not_found')
  return delivery
}

const Made = z.object({ id: z.string() })

/** @throws AppError not_found, not_an_admin, conflict for a disabled webhook, rate_limited */
export const sendTest = async (tx: Tx, webhook: string): Promise<Delivery> => {
  const statement = { name: 'send_webhook_test', text: 'select recto.send_webhook_test($1) as id', values: [webhook] }
  const [made] = rowsOf(await asWebhookErrors(tx.query(statement)), Made)
  return read(tx, made?.id ?? '')
}

const Replayed = z.object({ replayed: z.int() })

const replay = async (tx: Tx, webhook: string, delivery: string | null, range: [string, string, string[]]) => {
  const statement = {
    name: 'replay_deliveries',
    text: 'select recto.replay_deliveries($1, $2, $3, $4, $5) as replayed',
    values: [webhook, delivery, ...range],
  }
  const [row] = rowsOf(await asWebhookErrors(tx.query(statement)), Replayed)
  return { replayed: row?.replayed ?? 0 }
}

/** @throws AppError not_found, not_an_admin, conflict for a disabled webhook */
export const replayRange = (tx: Tx, webhook: string, { since, until = 'infinity', status }: Replay) =>
  replay(tx, webhook, null, [since, until, [status]])

/**
 * Sends one event again. A delivery that is pending stays as it is.
 * @throws AppError not_found, not_an_admin, conflict for a disabled webhook
 */
export const replayOne = async (tx: Tx, webhook: string, id: string): Promise<Delivery> => {
  const { replayed } = await replay(tx, webhook, id, ['-infinity', 'infinity', ['succeeded', 'failed']])
  const text = `select ${columns} from public.webhook_deliveries d where ${ofWebhook} and d.id = $2`
  const statement = { name: 'webhook_delivery_replayed', text, values: [webhook, id] }
  const [delivery] = rowsOf(await tx.query(statement), Delivery)
  if (!delivery || (replayed === 0 && delivery.status !== 'pending')) throw new AppError('not_found')
  return delivery
}
