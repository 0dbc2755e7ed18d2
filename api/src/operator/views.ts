import { z } from '@hono/zod-openapi'
import { readMoney } from '@recto/shared/money'

/** Postgres sends bigint and numeric as text. Coercion would make them nullable in the document. */
const count = z.coerce.number().int().openapi({ type: 'integer' })
const time = z.string().openapi({ format: 'date-time' })
const money = z.string().transform((sum) => readMoney(sum) ?? sum)

/** A view of operators that the API answers. Its rows, and what they mean, are those of the view in the database. */
export type View<Row extends z.ZodType = z.ZodType> = {
  /** Of the view in the schema `operator`. */
  name: string
  /** How many rows an answer has at most. The function of the view answers one more, if there is. */
  most: number
  columns: string
  row: Row
  summary: string
  description: string
}

const view = <Row extends z.ZodType>(
  name: string,
  id: string,
  row: Row,
  words: Pick<View, 'summary' | 'description'>,
  { most = 100, columns = '*' } = {},
): View<Row> => ({ name, most, columns, row: row.meta({ id }), ...words })

export const generationsView = view(
  'generations',
  'OperatorGenerations',
  z.object({
    state: z.enum(['waiting', 'pending', 'running', 'succeeded', 'failed', 'cancelled']),
    count,
    oldest_at: time.nullable(),
    under_1_minute: count,
    under_10_minutes: count,
    under_1_hour: count,
    over_1_hour: count,
  }),
  {
    summary: 'Count generations by state and age',
    description: 'All that are live, and those of the last 24 hours that have ended. Every state has a row.',
  },
)

export const stuckView = view(
  'stuck',
  'OperatorStuck',
  z.object({
    what: z.string(),
    id: z.string(),
    account_id: z.string().nullable(),
    since: time.nullable(),
    detail: z.string().nullable(),
  }),
  { summary: 'List what should not last', description: 'Oldest first. The list of a healthy system is empty.' },
)

export const routesView = view(
  'routes',
  'OperatorRoute',
  z.object({
    provider: z.string(),
    model: z.string(),
    region: z.string(),
    state: z.enum(['closed', 'open', 'half_open']),
    reason: z.string().nullable(),
    openings: z.int(),
    open_until: time.nullable(),
    changed_at: time,
    seen_at: time,
    keys: z.int(),
    priced_on: z
      .string()
      .nullable()
      .openapi({ format: 'date', description: 'The day of its price. One of more than 90 days ago is old.' }),
  }),
  { summary: 'List routes with their breakers', description: 'Those that are not closed first.' },
  {
    most: 200,
    columns: `provider, model, region, state, reason, openings, open_until, changed_at, seen_at, keys,
      priced_on::text`,
  },
)

export const providerKeysView = view(
  'provider_keys',
  'OperatorProviderKey',
  z.object({
    provider: z.string(),
    fingerprint: z.string(),
    in_use: z.boolean(),
    first_seen_at: time,
    age_days: z.int(),
    last_used_at: time.nullable(),
    is_old: z.boolean(),
  }),
  { summary: 'List provider keys by their fingerprints', description: 'Those in use first. No answer has a key.' },
)

export const queueView = view(
  'queue',
  'OperatorQueueBand',
  z.object({
    band: z.int(),
    depth: z.int(),
    waiting_since: time.nullable(),
    run_seconds: z.coerce.number().openapi({ type: 'number' }),
    measured_at: time.nullable(),
  }),
  { summary: 'List the bands of the queue', description: 'As a worker last measured them, the highest band first.' },
  { most: 101 },
)

export const workersView = view(
  'workers',
  'OperatorWorker',
  z.object({ pid: z.int(), connected_at: time.nullable() }),
  { summary: 'List the workers that are connected', description: 'The one that is connected for longest first.' },
  { most: 1000 },
)

export const failuresView = view(
  'failures',
  'OperatorFailure',
  z.object({
    what: z.enum(['generation', 'call']),
    code: z.string().nullable(),
    provider: z.string().nullable(),
    count,
    accounts: count,
    last_at: time.nullable(),
    last_generation_id: z.string().nullable(),
  }),
  {
    summary: 'Count failures by code and provider',
    description: 'Of the last 24 hours, the most frequent first. Another provider made good many failed calls.',
  },
)

export const latestFailuresView = view(
  'latest_failures',
  'OperatorLatestFailure',
  z.object({
    generation_id: z.string(),
    kind: z.string(),
    model: z.string(),
    account_id: z.string(),
    request_id: z.string().nullable(),
    created_at: time,
    finished_at: time,
    error: z.record(z.string(), z.unknown()),
  }),
  {
    summary: 'List the latest failed generations with their errors',
    description: 'The last 50 of the last 24 hours. `error` has no excerpt of what the provider sent.',
  },
)

export const costByAccountView = view(
  'cost_by_account',
  'OperatorAccountCost',
  z.object({
    month: z.string().openapi({ format: 'date' }),
    account_id: z.string(),
    kind: z.enum(['personal', 'team', 'deployment']),
    name: z.string().nullable(),
    plan: z.string().nullable(),
    generations: count,
    cost_usd: money,
    reserved_usd: money,
    budget_usd: money.nullable(),
    used_percent: z.coerce
      .number()
      .nullable()
      .openapi({ type: ['number', 'null'] }),
  }),
  {
    summary: 'List the cost of this month by account',
    description: 'The deployment first, and then the accounts, the most expensive first.',
  },
  {
    columns: 'month::text, account_id, kind, name, plan, generations, cost_usd, reserved_usd, budget_usd, used_percent',
  },
)
