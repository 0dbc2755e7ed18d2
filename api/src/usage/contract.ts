import { createRoute, z } from '@hono/zod-openapi'
import { accountIdParameter, json, parameter, problemAnswers } from '../openapi/responses.ts'

export const groupings = ['day', 'model', 'person'] as const
export type Grouping = (typeof groupings)[number]

const milliseconds = (description: string) => z.int().nullable().openapi({ description })

const sums = {
  people: z.int().openapi({ description: 'How many different ones.' }),
  generations: z.int().openapi({ description: 'That were created, whatever became of them, deleted ones too.' }),
  succeeded: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  cached: z.int().openapi({ description: 'Succeeded with cards that had been made before.' }),
  suggestions: z.int().openapi({ description: 'Counted on the day of their generation.' }),
  accepted: z.int(),
  rejected: z.int(),
  edited: z.int(),
  acceptance_rate: z.number().nullable().openapi({ description: 'Accepted of those that were reviewed.' }),
  calls: z.int().openapi({ description: 'Requests to providers, counted on the day they left.' }),
  tokens_input: z.int(),
  tokens_output: z.int(),
  cost_usd: z.string().openapi({ description: 'Of all calls that are settled, exact.' }),
  saved_usd: z.string().openapi({ description: 'What the cached ones had cost when they were made.' }),
  latency_p50_ms: milliseconds('Of calls.'),
  latency_p95_ms: milliseconds('Of calls.'),
  wait_p50_ms: milliseconds('From creation to end of generations that succeeded.'),
  wait_p95_ms: milliseconds('From creation to end of generations that succeeded.'),
}

const Row = z
  .object({ day: z.string().optional(), model: z.string().optional(), user_id: z.uuid().optional(), ...sums })
  .meta({ id: 'UsageRow', description: 'Has the one of day, model and user_id by which it was grouped.' })

const Forecast = z
  .object({
    month: z.string().openapi({ description: 'This one, whatever was asked for: YYYY-MM.' }),
    spent_usd: z.string(),
    cost_usd: z.string().openapi({ description: 'What the whole month will have cost.' }),
    method: z.string(),
  })
  .meta({ id: 'UsageForecast' })

const UsageAnswer = z
  .object({ data: z.array(Row), total: z.object(sums), forecast: Forecast, next_cursor: z.null() })
  .meta({ id: 'Usage' })
export type UsageAnswer = z.infer<typeof UsageAnswer>

const day = z.iso.date('must be a day such as 2026-11-21')

export const usageRoute = createRoute({
  method: 'get',
  path: '/',
  tags: ['Usage'],
  security: [{ accessToken: [] }],
  summary: 'What an account used',
  description:
    'Exact at this moment, deleted generations included. Days are UTC, and those without anything are left out.',
  parameters: [parameter('X-Recto-Account', 'A team of the caller; their own account without it.')],
  request: {
    query: z.strictObject({
      from: day.optional().openapi({ description: 'First day; without it, the first of the month of `to`.' }),
      to: day.optional().openapi({ description: 'Last day; without it, today. At most 366 days.' }),
      group_by: z.enum(groupings).default('day'),
      account_id: accountIdParameter,
    }),
  },
  responses: {
    200: json('By day in order; by model or person the most expensive first.', UsageAnswer),
    ...problemAnswers([400, 401, 403, 500, 503]),
  },
})
