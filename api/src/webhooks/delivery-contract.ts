import { createRoute, z } from '@hono/zod-openapi'
import { Time } from '../db/dates.ts'
import { wholeNumber } from '../http/whole-number.ts'
import { json, problemAnswers } from '../openapi/responses.ts'
import { params } from './contract.ts'

const security = [{ accessToken: [] }]
const tags = ['Webhooks']
const deliveryParams = params.extend({ delivery_id: z.guid().toLowerCase().openapi({ format: 'uuid' }) })

const Status = z.enum(['pending', 'succeeded', 'failed'])

const fields = {
  id: z.uuid(),
  event_id: z.string().openapi({ description: 'The header `webhook-id`, the same for each attempt of the event.' }),
  type: z.string(),
  data: z.record(z.string(), z.unknown()).openapi({ description: '`data` of the payload.' }),
  status: Status,
  attempt_count: z.int().openapi({ description: 'How many requests were made in all.' }),
  next_attempt_at: z.iso
    .datetime()
    .nullable()
    .openapi({ description: 'Null when there is none, and while a request is under way.' }),
  created_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
}
export const Delivery = z.object(fields).meta({ id: 'WebhookDelivery' })
export type Delivery = z.output<typeof Delivery>

export const Attempt = z
  .object({
    number: z.int(),
    started_at: z.iso.datetime(),
    http_status: z.int().nullable(),
    class: z.string().nullable().openapi({ description: 'Why it failed. Null for one that succeeded.' }),
    latency_ms: z.int(),
    excerpt: z.string().nullable().openapi({ description: 'The begin of the answer of a failed request.' }),
    message: z.string().nullable(),
  })
  .meta({ id: 'WebhookAttempt' })

export const DeliveryWithAttempts = z
  .object({ ...fields, attempts: z.array(Attempt).openapi({ description: 'The last 50, oldest first.' }) })
  .meta({ id: 'WebhookDeliveryWithAttempts' })
export type DeliveryWithAttempts = z.output<typeof DeliveryWithAttempts>

const Replay = z
  .strictObject({
    since: Time.openapi({ description: 'Events from this time on.' }),
    until: Time.optional().openapi({ description: 'Events until this time. Without it, until now.' }),
    status: z.enum(['failed', 'succeeded']).default('failed'),
  })
  .meta({ id: 'WebhookReplay' })
export type Replay = z.output<typeof Replay>

export const deliveriesRoute = createRoute({
  method: 'get',
  path: '/{id}/deliveries',
  tags,
  security,
  summary: 'List the deliveries of a webhook, newest first',
  request: {
    params,
    query: z.strictObject({
      status: Status.optional(),
      limit: wholeNumber(1, 100).optional(),
      cursor: z.string().max(200).optional().openapi({ description: '`next_cursor` of the previous page.' }),
    }),
  },
  responses: {
    200: json('A page of deliveries.', z.object({ data: z.array(Delivery), next_cursor: z.string().nullable() })),
    ...problemAnswers([400, 401, 403, 404, 500, 503]),
  },
})

export const deliveryRoute = createRoute({
  method: 'get',
  path: '/{id}/deliveries/{delivery_id}',
  tags,
  security,
  summary: 'Read a delivery with its attempts',
  request: { params: deliveryParams },
  responses: { 200: json('The delivery.', DeliveryWithAttempts), ...problemAnswers([401, 403, 404, 500, 503]) },
})

export const testRoute = createRoute({
  method: 'post',
  path: '/{id}/test',
  tags,
  security,
  summary: 'Send a webhook an event of the type webhook.test',
  request: { params },
  responses: {
    202: json('The delivery.', Delivery),
    ...problemAnswers([401, 403, 404, 409, 413, 429, 500, 503]),
  },
})

export const replayOneRoute = createRoute({
  method: 'post',
  path: '/{id}/deliveries/{delivery_id}/replay',
  tags,
  security,
  summary: 'Send one event again',
  request: { params: deliveryParams },
  responses: {
    202: json('The delivery as it is now.', Delivery),
    ...problemAnswers([401, 403, 404, 409, 413, 500, 503]),
  },
})

export const replayRoute = createRoute({
  method: 'post',
  path: '/{id}/replay',
  tags,
  security,
  summary: 'Send the events of a time again',
  request: { params, body: { required: true, content: { 'application/json': { schema: Replay } } } },
  responses: {
    202: json(
      'At most 10,000 are sent again, beginning with the oldest.',
      z.object({ replayed: z.int().openapi({ description: 'How many deliveries are sent again.' }) }),
    ),
    ...problemAnswers([400, 401, 403, 404, 409, 413, 415, 500, 503]),
  },
})
