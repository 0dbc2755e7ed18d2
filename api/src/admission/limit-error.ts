import { BudgetLimit } from '@recto/shared/connection-check'
import { sqlState } from '@recto/shared/database'
import { AppError, type ProblemCode, type ReachedLimit } from '@recto/shared/errors'
import pg from 'pg'
import { z } from 'zod'
import { countInWords, durationInWords } from './in-words.ts'
import { type Window, Windows } from './windows.ts'

type Denial = { code: ProblemCode; detail: string; limit: ReachedLimit; retryAfter?: number; windows?: Window[] }

/**
 * Admission denied a request, because of the account's limits or because the queue is overloaded. `windows`: those of
 * the account, where the database reported them.
 */
export class LimitError extends AppError {
  readonly windows: Window[] | undefined

  constructor({ code, detail, limit, retryAfter, windows }: Denial) {
    super(code, detail, { limit, ...(retryAfter === undefined ? {} : { retryAfter }) })
    this.windows = windows
  }
}

const Counted = z.object({
  name: z.string(),
  limit: z.int(),
  remaining: z.int(),
  window_seconds: z.int(),
  reset: z.int(),
  windows: Windows,
})
const Planned = z.union([
  z.object({ name: z.literal('characters'), limit: z.int(), used: z.int() }),
  z.object({ name: z.enum(['models', 'kinds']), allowed: z.array(z.string()) }),
  z.object({ name: z.literal('model_cost'), model: z.string(), budget_usd: z.string(), least_usd: z.string() }),
])
const Queue = z.object({ name: z.string(), limit: z.int(), used: z.int(), reset: z.int() })

const nouns: Record<string, string> = { tokens: 'token', connection_checks: 'connection check', dry_runs: 'dry run' }
/**
 * Limits with short windows, for which a program can wait. Any other exhausted window is a quota. `deny_window` has the
 * same distinction in its message, for PostgREST.
 */
const paced = new Set(['generations', 'sustained', 'connection_checks', 'dry_runs'])

/** The denial for a budget that is used up. */
export const budgetDenial = (limit: BudgetLimit): Denial & { retryAfter: number } => {
  const ends = `The month ends in ${durationInWords(limit.reset)}.`
  const what =
    limit.scope === 'account'
      ? `The account has spent ${limit.spent_usd} of ${limit.budget_usd} USD, and the rest is too little.`
      : 'This deployment has spent what it may.'
  return { code: 'budget_exceeded', detail: `${what} ${ends}`, limit, retryAfter: limit.reset }
}

const planDetail = (limit: z.infer<typeof Planned>): string => {
  switch (limit.name) {
    case 'characters':
      return `A text may have ${limit.limit} characters, and has ${limit.used}.`
    case 'models':
    case 'kinds':
      return `The ${limit.name} of the plan are: ${limit.allowed.join(', ')}.`
    case 'model_cost':
      return `This request to ${limit.model} needs at least ${limit.least_usd} USD, and the plan's budget for a month is ${limit.budget_usd} USD.`
  }
}

const readers: Record<string, (detail: unknown) => Denial> = {
  PT429: (detail) => {
    const { windows, ...limit } = Counted.parse(detail)
    const { name, window_seconds, reset } = limit
    return {
      code: paced.has(name) ? 'rate_limited' : 'quota_exceeded',
      detail: `At most ${countInWords(limit.limit, nouns[name] ?? 'generation')} in ${durationInWords(window_seconds)}; the next one is possible in ${durationInWords(reset)}.`,
      limit,
      retryAfter: reset,
      windows,
    }
  },
  PT402: (detail) => budgetDenial(BudgetLimit.parse(detail)),
  PT403: (detail) => {
    const limit = Planned.parse(detail)
    return { code: 'plan_limit', detail: planDetail(limit), limit }
  },
  PT503: (detail) => {
    const limit = Queue.parse(detail)
    return {
      code: 'overloaded',
      detail: `The oldest job has waited for ${durationInWords(limit.used)}; above ${durationInWords(limit.limit)} no more are accepted.`,
      limit,
      retryAfter: limit.reset,
    }
  },
}

/**
 * Turns a denial of the database into a LimitError, by its SQLSTATE and the numbers in its DETAIL; returns any other error
 * as it is. `shared/src/errors.ts` has the HTTP status of each code.
 */
export const limitErrorOf = (error: unknown): unknown => {
  const read = readers[sqlState(error) ?? '']
  return read && error instanceof pg.DatabaseError ? new LimitError(read(JSON.parse(error.detail ?? ''))) : error
}
