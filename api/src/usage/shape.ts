import { readMoney } from '@recto/shared/money'
import { z } from 'zod'
import { acceptanceRate } from './acceptance-rate.ts'
import type { Grouping, UsageAnswer } from './contract.ts'
import { forecastOf } from './forecast.ts'

/** Postgres sends bigint and numeric as text, and the sum of no rows as null. */
const count = z.coerce.number().int()
const money = z
  .string()
  .nullable()
  .transform((sum) => readMoney(sum ?? '0') ?? '0')

const Sums = z.object({
  people: count,
  generations: count,
  succeeded: count,
  failed: count,
  cancelled: count,
  cached: count,
  suggestions: count,
  accepted: count,
  rejected: count,
  edited: count,
  calls: count,
  tokens_input: count,
  tokens_output: count,
  cost_usd: money,
  saved_usd: money,
  latency_p50_ms: z.int().nullable(),
  latency_p95_ms: z.int().nullable(),
  wait_p50_ms: z.int().nullable(),
  wait_p95_ms: z.int().nullable(),
})
type Sums = z.infer<typeof Sums>

/** A row of recto.usage. */
export const UsageRow = z.discriminatedUnion('section', [
  Sums.extend({ section: z.literal('group'), key: z.string() }),
  Sums.extend({ section: z.literal('total') }),
  z.object({ section: z.literal('month'), key: z.string(), cost_usd: money, elapsed_days: z.string() }),
])
export type UsageRow = z.infer<typeof UsageRow>

const sumsOf = (row: Sums) => ({ ...Sums.parse(row), acceptance_rate: acceptanceRate(row) })

const keyNames = { day: 'day', model: 'model', kind: 'kind', person: 'user_id' } as const

/** Days in order; models, kinds and people by cost, the most expensive first. */
const inOrder = (by: Grouping) => (a: Sums & { key: string }, b: Sums & { key: string }) =>
  (by === 'day' ? 0 : Number(b.cost_usd) - Number(a.cost_usd)) || (a.key < b.key ? -1 : 1)

/**
 * The answer of GET /api/ai/usage for the rows of recto.usage. Undefined without rows: the caller is no member of the
 * account.
 */
export const usageOf = (rows: UsageRow[], by: Grouping): UsageAnswer | undefined => {
  const total = rows.find((row) => row.section === 'total')
  const month = rows.find((row) => row.section === 'month')
  if (!total || !month) return undefined
  const groups = rows.filter((row) => row.section === 'group').sort(inOrder(by))
  return {
    data: groups.map((row) => ({ [keyNames[by]]: row.key, ...sumsOf(row) })),
    total: sumsOf(total),
    forecast: forecastOf({ month: month.key, spentUsd: month.cost_usd, elapsedDays: month.elapsed_days }),
    next_cursor: null,
  }
}
