import { createRoute, z } from '@hono/zod-openapi'
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
