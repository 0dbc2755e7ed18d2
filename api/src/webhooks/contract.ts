import { createRoute, z } from '@hono/zod-openapi'
import { AccountId } from '@recto/shared/account-id'
import { textDefect } from '@recto/shared/text'
import {
  accountHeader,
  accountIdParameter,
  header,
  json,
  problemAnswers,
  rateHeaders,
  requestIdHeader,
} from '../openapi/responses.ts'

const security = [{ accessToken: [] }]
const tags = ['Webhooks']
export const params = z.object({ id: z.guid().toLowerCase().openapi({ format: 'uuid' }) })

const Events = z
  .array(z.enum(['generation.succeeded', 'generation.failed', 'generation.cancelled', 'budget.alert']))
  .min(1)
  .max(4)
  .transform((events) => [...new Set(events)])
const Url = z.string().min(1).max(2048).openapi({ description: 'https, port 443, at a public address.' })
const Description = z
  .string()
  .min(1)
  .max(200)
  .superRefine((text, context) => {
    const message = textDefect(text)
    if (message) context.addIssue({ code: 'custom', message })
  })

const NewWebhook = z
  .strictObject({
    url: Url,
    events: Events,
    description: Description.nullable().default(null),
    account_id: AccountId.optional().openapi({ format: 'uuid', description: 'The same as `X-Recto-Account`.' }),
  })
  .meta({ id: 'NewWebhook' })
export type NewWebhook = z.output<typeof NewWebhook>

const WebhookChanges = z
  .strictObject({
    url: Url.optional(),
    events: Events.optional(),
    description: Description.nullable().optional(),
    enabled: z.boolean().optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, 'must have url, events, description or enabled')
  .meta({ id: 'WebhookChanges' })
export type WebhookChanges = z.output<typeof WebhookChanges>

const Rotation = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(7 * 86_400)
      .default(86_400)
      .openapi({ description: 'How long the secrets before sign beside the new one.' }),
  })
  .meta({ id: 'WebhookRotation' })

export const Webhook = z
  .object({
    id: z.uuid(),
    account_id: z.guid().openapi({ format: 'uuid' }),
    url: z.string(),
    events: z.array(z.string()),
    description: z.string().nullable(),
    enabled: z.boolean(),
    disabled_at: z.iso.datetime().nullable(),
    disabled_reason: z
      .enum(['person', 'gone', 'failing'])
      .nullable()
      .openapi({ description: '`gone`: it answered 410. `failing`: no request succeeded for 120 hours.' }),
    failing_since: z.iso.datetime().nullable().openapi({ description: 'The first failure since the last success.' }),
    public_key: z.string().openapi({ description: 'Verifies the signatures `v1a` (ed25519).' }),
    secret_changed_at: z.iso.datetime(),
    created_by: AccountId.nullable().openapi({ format: 'uuid' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Webhook' })
export type Webhook = z.output<typeof Webhook>

const WithSecret = Webhook.extend({
  secret: z.string().openapi({ description: 'Verifies the signatures `v1`. No other answer has it.' }),
}).meta({ id: 'WebhookWithSecret' })

export const listRoute = createRoute({
  method: 'get',
  path: '/',
  tags,
  security,
  summary: 'List the webhooks of an account',
  parameters: [accountHeader],
  request: { query: z.strictObject({ account_id: accountIdParameter }) },
  responses: {
    200: json(
      'All webhooks of the account, oldest first.',
      z.object({ data: z.array(Webhook), next_cursor: z.null() }),
    ),
    ...problemAnswers([400, 401, 403, 500, 503]),
  },
})

export const createWebhookRoute = createRoute({
  method: 'post',
  path: '/',
  tags,
  security,
  summary: 'Add a webhook',
  description: 'For the person of a personal account, and owners and admins of a team.',
  parameters: [accountHeader],
  request: { body: { required: true, content: { 'application/json': { schema: NewWebhook } } } },
  responses: {
    201: json('The webhook with its secret.', WithSecret, { Location: header('The URL of the webhook.') }),
    ...problemAnswers([400, 401, 403, 409, 413, 415, 429, 500, 503]),
  },
})

export const readRoute = createRoute({
  method: 'get',
  path: '/{id}',
  tags,
  security,
  summary: 'Read a webhook',
  request: { params },
  responses: { 200: json('The webhook.', Webhook), ...problemAnswers([401, 403, 404, 500, 503]) },
})

export const changeRoute = createRoute({
  method: 'patch',
  path: '/{id}',
  tags,
  security,
  summary: 'Change a webhook',
  request: { params, body: { required: true, content: { 'application/json': { schema: WebhookChanges } } } },
  responses: {
    200: json('The webhook as it is now.', Webhook),
    ...problemAnswers([400, 401, 403, 404, 413, 415, 429, 500, 503]),
  },
})

export const deleteRoute = createRoute({
  method: 'delete',
  path: '/{id}',
  tags,
  security,
  summary: 'Delete a webhook',
  request: { params },
  responses: {
    204: { description: 'The webhook is deleted.', headers: { ...requestIdHeader, ...rateHeaders('generations') } },
    ...problemAnswers([401, 403, 404, 413, 429, 500, 503]),
  },
})

export const rotateRoute = createRoute({
  method: 'post',
  path: '/{id}/rotate-secret',
  tags,
  security,
  summary: 'Give a webhook a new secret',
  request: { params, body: { required: false, content: { 'application/json': { schema: Rotation } } } },
  responses: {
    200: json('The webhook with its new secret.', WithSecret),
    ...problemAnswers([400, 401, 403, 404, 409, 413, 415, 429, 500, 503]),
  },
})
