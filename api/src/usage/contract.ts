import { createRoute, z } from '@hono/zod-openapi'
import { AccountId } from '@recto/shared/account-id'
import { Day } from '../db/dates.ts'
import { accountIdParameter, json, parameter, problemAnswers } from '../openapi/responses.ts'
import { AcceptanceAnswer, acceptanceGroupings } from './acceptance-contract.ts'

export const groupings = ['day', 'model', 'kind', 'person'] as const
export type Grouping = (typeof groupings)[number]

const milliseconds = (description: string) => z.int().nullable().openapi({ description })

const sums = {
  people: z.int().openapi({ description: 'How many different people submitted generations.' }),
  generations: z
    .int()
    .openapi({ description: 'All generations that were created, in any status, deleted ones included.' }),
  succeeded: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  cached: z.int().openapi({ description: 'Generations that succeeded with cards from the cache.' }),
  suggestions: z.int().openapi({ description: 'Suggestions, counted on the day of their generation.' }),
  accepted: z.int(),
  rejected: z.int(),
  edited: z.int(),
  acceptance_rate: z
    .number()
    .nullable()
    .openapi({ description: 'Accepted suggestions as a share of the reviewed ones.' }),
  calls: z.int().openapi({ description: 'Requests to providers, counted on the day they were sent.' }),
  tokens_input: z.int(),
  tokens_output: z.int(),
  cost_usd: z.string().openapi({ description: 'The exact cost of all settled calls.' }),
  saved_usd: z.string().openapi({ description: 'The cost of the cached generations when their cards were made.' }),
  latency_p50_ms: milliseconds('Latency of calls.'),
  latency_p95_ms: milliseconds('Latency of calls.'),
  wait_p50_ms: milliseconds('Time from creation to end of succeeded generations.'),
  wait_p95_ms: milliseconds('Time from creation to end of succeeded generations.'),
}

const Row = z
  .object({
    day: z.string().optional(),
    model: z.string().optional(),
    kind: z.string().optional(),
    user_id: AccountId.optional().openapi({ format: 'uuid' }),
    ...sums,
  })
  .meta({ id: 'UsageRow', description: 'Has `day`, `model`, `kind` or `user_id`, depending on `group_by`.' })

const Forecast = z
  .object({
    month: z.string().openapi({ description: 'The current month, as YYYY-MM.' }),
    spent_usd: z.string(),
    cost_usd: z.string().openapi({ description: 'The forecast cost of the whole month.' }),
    method: z.string(),
  })
  .meta({ id: 'UsageForecast' })

const UsageAnswer = z
  .object({ data: z.array(Row), total: z.object(sums), forecast: Forecast, next_cursor: z.null() })
  .meta({ id: 'Usage' })
export type UsageAnswer = z.infer<typeof UsageAnswer>

export const usageRoute = createRoute({
  method: 'get',
  path: '/',
  tags: ['Usage'],
  security: [{ accessToken: [] }],
  summary: 'Read the usage of an account',
  description:
    'The numbers are exact and include deleted generations. Days are in UTC. Days without usage are left out.',
  parameters: [parameter('X-Recto-Account', 'The account of the request. Without it, the caller’s own account.')],
  request: {
    query: z.strictObject({
      from: Day.optional().openapi({ description: 'The first day. Without it, the first of the month of `to`.' }),
      to: Day.optional().openapi({ description: 'The last day. Without it, today. A period has at most 366 days.' }),
      group_by: z
        .enum([...groupings, ...acceptanceGroupings])
        .default('day')
        .openapi({
          description:
            'By `prompt_version`, `language` or `flag`, the answer is what people decided about suggestions and findings.',
        }),
      account_id: accountIdParameter,
    }),
  },
  responses: {
    200: json(
      'The usage: days in order, models, kinds and people by cost, the most expensive first; or what people decided about ' +
        'suggestions and findings by kind, the group with the most of them first.',
      z.union([UsageAnswer, AcceptanceAnswer]),
    ),
    ...problemAnswers([400, 401, 403, 500, 503]),
  },
})
