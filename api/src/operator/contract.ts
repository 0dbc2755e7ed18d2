import { createRoute, z } from '@hono/zod-openapi'
import { healthStatuses, serviceNames } from '../health/check-services.ts'
import { json, problemAnswers } from '../openapi/responses.ts'
import type { View } from './views.ts'

/** The answer of a view. `truncated`: the view has more rows. `read_at`: when it was read from the database. */
const listOf = <Row extends z.ZodType>(row: Row) =>
  z.object({
    data: z.array(row),
    next_cursor: z.null(),
    truncated: z.boolean().openapi({ description: 'Whether there are more rows than the answer has.' }),
    read_at: z
      .string()
      .openapi({ format: 'date-time', description: 'When it was read. An answer is reused for a while.' }),
  })

export const viewRoute = <Row extends z.ZodType>({ name, row, summary, description }: View<Row>) =>
  createRoute({
    method: 'get',
    path: `/${name.replaceAll('_', '-')}`,
    tags: ['Operator'],
    security: [{ accessToken: [] }],
    summary,
    description: `${description} Only for tokens with \`app_metadata.recto_role\` = \`operator\`.`,
    request: { query: z.strictObject({}) },
    responses: {
      200: json(description, listOf(row)),
      ...problemAnswers([400, 401, 403, 500, 503]),
    },
  })

const CheckedService = z.object({
  name: z.enum(serviceNames),
  state: z.enum(['ok', 'down']),
  latency_ms: z.int().openapi({ description: 'How long the check took.' }),
  error: z.string().nullable().openapi({ description: 'Why it is down: a code, or a message.' }),
})

const OperatorHealth = z
  .object({
    status: z.enum(healthStatuses),
    services: z.array(CheckedService),
    listening: z.boolean().openapi({ description: 'Whether notifications of the database arrive at this process.' }),
    uptime_seconds: z.int().openapi({ description: 'Since this process started.' }),
  })
  .meta({ id: 'OperatorHealth' })

export const healthRoute = createRoute({
  method: 'get',
  path: '/health',
  tags: ['Operator'],
  security: [{ accessToken: [] }],
  summary: 'Read the health of the services with its details',
  description:
    'What `GET /health` says, with the reasons. Only for tokens with `app_metadata.recto_role` = `operator`.',
  request: { query: z.strictObject({}) },
  responses: {
    200: json('The state of each service, as this process found it a moment ago.', OperatorHealth),
    ...problemAnswers([400, 401, 403, 500, 503]),
  },
})
