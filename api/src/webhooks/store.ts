import { rowsOf, type Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { type NewWebhook, Webhook, type WebhookChanges } from './contract.ts'
import { asWebhookErrors } from './errors.ts'
import type { WebhookKeys } from './keys.ts'

const columns = `id, account_id, url, events, description, enabled, disabled_at, disabled_reason, failing_since, public_key,
  secret_changed_at, created_by, created_at, updated_at`

const byId = (id: string) => ({
  name: 'webhook',
  text: `select ${columns} from public.webhook_endpoints where id = $1`,
  values: [id],
})

const found = (webhook: Webhook | undefined): Webhook => {
  if (!webhook) throw new AppError('not_found')
  return webhook
}

const Nothing = z.unknown()

/** @throws AppError not_a_member, not_an_admin */
export const listWebhooks = async (readAs: ReadAs, caller: Caller, account: string): Promise<Webhook[]> => {
  const statement = {
    name: 'webhooks',
    text: `select ${columns} from public.webhook_endpoints where account_id = $1 order by created_at, id`,
    values: [account],
  }
  const webhooks = await readAs(caller, { account }, statement, Webhook)
  if (webhooks.length > 0 || account === caller.userId) return webhooks
  const right = {
    name: 'require_webhook_admin',
    text: 'select recto.require_webhook_admin($1)',
    values: [account],
  }
  await asWebhookErrors(readAs(caller, { account }, right, Nothing))
  return webhooks
}

const administerStatement = (id: string) => ({
  name: 'administer_webhook',
  text: 'select recto.administer_webhook($1)',
  values: [id],
})

/** @throws AppError not_found for a webhook of an account that is not the caller's, not_an_admin */
export const findWebhook = async (readAs: ReadAs, caller: Caller, id: string): Promise<Webhook> => {
  const [webhook] = await readAs(caller, { webhook: id }, byId(id), Webhook)
  if (!webhook) await asWebhookErrors(readAs(caller, { webhook: id }, administerStatement(id), Nothing))
  return found(webhook)
}

const read = async (tx: Tx, id: string): Promise<Webhook> => found(rowsOf(await tx.query(byId(id)), Webhook)[0])

const Created = z.object({ id: z.string() })

/**
 * @throws AppError not_a_member, not_an_admin, plan_limit, rate_limited; unauthorized when the person does not exist any
 * more
 */
export const insertWebhook = async (
  tx: Tx,
  account: string,
  { url, events, description }: Pick<NewWebhook, 'url' | 'events' | 'description'>,
  { secret, privateKey, publicKey }: WebhookKeys,
): Promise<Webhook> => {
  const statement = {
    name: 'create_webhook',
    text: 'select recto.create_webhook($1, $2, $3, $4, $5, $6, $7) as id',
    values: [account, url, events, description, secret, privateKey, publicKey],
  }
  const [created] = rowsOf(await asWebhookErrors(tx.query(statement)), Created)
  return read(tx, created?.id ?? '')
}

/** @throws AppError not_found, not_an_admin */
const administer = async (tx: Tx, id: string): Promise<void> => {
  await asWebhookErrors(tx.query(administerStatement(id)))
}

/**
 * Changes what is named.
 * @throws AppError not_found, not_an_admin, rate_limited
 */
export const updateWebhook = async (tx: Tx, id: string, changes: WebhookChanges): Promise<Webhook> => {
  await administer(tx, id)
  const { url, events, description, enabled } = changes
  const statement = {
    name: 'update_webhook',
    text: `update public.webhook_endpoints set url = coalesce($2, url), events = coalesce($3, events),
        description = case when $4 then $5 else description end, enabled = coalesce($6, enabled)
      where id = $1 returning ${columns}`,
    values: [id, url ?? null, events ?? null, description !== undefined, description ?? null, enabled ?? null],
  }
  return found(rowsOf(await asWebhookErrors(tx.query(statement)), Webhook)[0])
}

/** @throws AppError not_found, not_an_admin, rate_limited */
export const deleteWebhook = async (tx: Tx, id: string): Promise<void> => {
  await administer(tx, id)
  const statement = { name: 'delete_webhook', text: 'delete from public.webhook_endpoints where id = $1', values: [id] }
  await asWebhookErrors(tx.query(statement))
}

/** @throws AppError not_found, not_an_admin, conflict with five secrets that sign, rate_limited */
export const rotateSecret = async (
  tx: Tx,
  id: string,
  overlapSeconds: number,
  { secret, privateKey, publicKey }: WebhookKeys,
): Promise<Webhook> => {
  const statement = {
    name: 'rotate_webhook_secret',
    text: 'select recto.rotate_webhook_secret($1, $2, $3, $4, $5)',
    values: [id, overlapSeconds, secret, privateKey, publicKey],
  }
  await asWebhookErrors(tx.query(statement))
  return read(tx, id)
}
