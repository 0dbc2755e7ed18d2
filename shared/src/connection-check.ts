import { z } from 'zod'

/** What a model that answered said, and what that took. Money is a decimal string in USD. */
export const ConnectionCheckAnswer = z.object({
  text: z.string(),
  /** As the provider named it. */
  model: z.string(),
  provider: z.string(),
  usage: z.object({
    tokens_input: z.int().nullable(),
    tokens_output: z.int().nullable(),
    cost_usd: z.string(),
  }),
  latency_ms: z.int(),
})
export type ConnectionCheckAnswer = z.infer<typeof ConnectionCheckAnswer>

/**
 * A budget that is used up: USD as decimal strings, and the seconds until the month is over. Nobody is told the numbers of
 * the deployment's budget.
 */
export const BudgetLimit = z.object({
  name: z.string(),
  scope: z.enum(['account', 'deployment']),
  budget_usd: z.string().optional(),
  spent_usd: z.string().optional(),
  reset: z.int(),
})
export type BudgetLimit = z.infer<typeof BudgetLimit>

/** A check that failed, or came to no request at all: then there is no provider. */
export const FailedCheck = z.object({
  ok: z.literal(false),
  code: z.string(),
  message: z.string(),
  provider: z.string().nullable(),
  http_status: z.int().nullable(),
})
export type FailedCheck = z.infer<typeof FailedCheck>

/** A check that does not fit into the budget. `final`: calls under way make no room for it this month either. */
export const CheckOverBudget = FailedCheck.extend({
  code: z.literal('budget_exceeded'),
  final: z.boolean(),
  limit: BudgetLimit,
})
export type CheckOverBudget = z.infer<typeof CheckOverBudget>

/** What a worker writes about a connection check, and the API reads. */
export const ConnectionCheckResult = z.union([
  ConnectionCheckAnswer.extend({ ok: z.literal(true) }),
  CheckOverBudget,
  FailedCheck,
])
export type ConnectionCheckResult = z.infer<typeof ConnectionCheckResult>
