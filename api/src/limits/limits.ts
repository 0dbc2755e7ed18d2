import { z } from 'zod'
import type { Limits } from './contract.ts'

/** A row of recto.account_limits. Postgres sends numeric as text, which keeps the digits of money. */
const Row = z.object({
  plan: z.string(),
  name: z.string(),
  used: z.string().nullable(),
  remaining: z.string().nullable(),
  seconds: z.int().nullable(),
  resets_at: z.string().nullable(),
})
export const LimitRow = z.union([
  Row.extend({ most: z.string(), names: z.null() }),
  Row.extend({ most: z.null(), names: z.array(z.string()) }),
])
export type LimitRow = z.infer<typeof LimitRow>

/** Money stays a decimal string; everything else is a number. */
const amountOf = (name: string, amount: string): number | string => (name === 'budget' ? amount : Number(amount))

/**
 * The answer of GET /api/ai/limits for the rows of an account. Null without rows: the caller is no member of the
 * account.
 */
export const limitsOf = (rows: LimitRow[]): Limits | null => {
  const [first] = rows
  if (!first) return null
  return {
    plan: first.plan,
    data: rows.map((row) => ({
      name: row.name,
      limit: row.names === null ? amountOf(row.name, row.most) : row.names,
      used: row.used === null ? null : amountOf(row.name, row.used),
      remaining: row.remaining === null ? null : amountOf(row.name, row.remaining),
      window_seconds: row.seconds,
      resets_at: row.resets_at,
    })),
  }
}
