import { z } from 'zod'
import { codePoints, textDefect } from './text.ts'

const longestMessage = 1000

/** What a person asks the model, in place of the worker's own question. The same bound as the check on the table. */
export const CheckMessage = z
  .string()
  .superRefine((text, context) => {
    const defect = textDefect(text)
    const length = codePoints(text)
    if (defect !== null) context.addIssue({ code: 'custom', message: defect })
    else if (length > longestMessage)
      context.addIssue({ code: 'custom', message: `must have at most ${longestMessage} characters, has ${length}` })
  })
  .meta({ minLength: 1, maxLength: longestMessage, description: 'Counted in Unicode code points.' })

/** The answer of a model, and what it took. Money is a decimal string in USD. */
export const ConnectionCheckAnswer = z.object({
  text: z.string(),
  /** The provider's name for the model. */
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
 * A budget that is used up. Money is a decimal string in USD, `reset` the seconds until the month ends. The numbers of
 * the deployment's budget are not told.
 */
export const BudgetLimit = z.object({
  name: z.string(),
  scope: z.enum(['account', 'deployment']),
  budget_usd: z.string().optional(),
  spent_usd: z.string().optional(),
  reset: z.int(),
})
export type BudgetLimit = z.infer<typeof BudgetLimit>

/** A check that failed. `provider` is null when no request was sent. */
export const FailedCheck = z.object({
  ok: z.literal(false),
  code: z.string(),
  message: z.string(),
  provider: z.string().nullable(),
  http_status: z.int().nullable(),
})
export type FailedCheck = z.infer<typeof FailedCheck>

/**
 * A check that the budget denied. `final`: the budget has no room this month, even when calls under way cost less than
 * reserved.
 */
export const CheckOverBudget = FailedCheck.extend({
  code: z.literal('budget_exceeded'),
  final: z.boolean(),
  limit: BudgetLimit,
})
export type CheckOverBudget = z.infer<typeof CheckOverBudget>

/** The result that a worker writes and the API reads. */
export const ConnectionCheckResult = z.union([
  ConnectionCheckAnswer.extend({ ok: z.literal(true) }),
  CheckOverBudget,
  FailedCheck,
])
export type ConnectionCheckResult = z.infer<typeof ConnectionCheckResult>
