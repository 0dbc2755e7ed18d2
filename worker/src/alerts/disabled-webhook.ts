import { z } from 'zod'
import type { Message } from './message.ts'

/** A webhook that was disabled because no request to it succeeded for too long. `disabled_at`: ISO 8601. */
export const DisabledWebhook = z.object({ id: z.string(), account_id: z.string(), disabled_at: z.string() })
type DisabledWebhook = z.infer<typeof DisabledWebhook>

/** The message to the operator. It has no address, which may hold a secret. */
export const disabledWebhookMessage = (webhook: DisabledWebhook): Message => ({
  id: `webhook_${webhook.id}_${Date.parse(webhook.disabled_at)}`,
  body: {
    text: `Recto: webhook ${webhook.id} of account ${webhook.account_id} is disabled: no request succeeded for 120 hours.`,
    type: 'webhook.disabled',
    ...webhook,
  },
})
