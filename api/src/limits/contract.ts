import { createRoute, z } from '@hono/zod-openapi'
import { accountHeader, accountIdParameter, json, problemAnswers } from '../openapi/responses.ts'

const amount = z.union([z.int(), z.string()])

const Limit = z
  .object({
    name: z.string().openapi({ examples: ['generations', 'day', 'tokens', 'concurrent', 'budget'] }),
    limit: z
      .union([amount, z.array(z.string())])
      .openapi({ description: 'A number. For `models` the allowed names, for `budget` a decimal string in USD.' }),
    used: amount.nullable(),
    remaining: amount.nullable(),
    window_seconds: z.int().nullable().openapi({ description: 'The length of the window, for limits that have one.' }),
    resets_at: z
      .string()
      .nullable()
      .openapi({ description: 'When the next place frees. For `budget`, the end of the month.' }),
  })
  .meta({ id: 'Limit' })

export const Limits = z.object({ plan: z.string(), data: z.array(Limit) })
export type Limits = z.infer<typeof Limits>

export const limitsRoute = createRoute({
  method: 'get',
  path: '/',
  tags: ['Usage'],
  security: [{ accessToken: [] }],
  summary: 'Limits of an account, and what is left of them',
  description: 'What is not listed has no limit.',
  parameters: [accountHeader],
  request: {
    query: z.strictObject({
      account_id: accountIdParameter,
    }),
  },
  responses: {
    200: json(
      'All limits of the account.',
      Limits.extend({ account_id: z.guid().openapi({ format: 'uuid' }), next_cursor: z.null() }),
    ),
    ...problemAnswers([400, 401, 403, 500, 503]),
  },
})
