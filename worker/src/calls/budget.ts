import { sqlState } from '@recto/shared/database'
import pg from 'pg'
import { z } from 'zod'
import { BudgetExceeded } from '../llm/errors/budget-exceeded.ts'

const Detail = z.object({
  scope: z.enum(['account', 'deployment']),
  budget_usd: z.string(),
  spent_usd: z.string(),
  final: z.boolean(),
  hopeless: z.boolean(),
  reset: z.int(),
})

/**
 * Turns the error of a call that the budget denied into BudgetExceeded; returns any other error as it is. `neededUsd`:
 * what the call would have reserved.
 * @throws z.ZodError when the error lacks its numbers
 */
export const budgetErrorOf = (error: unknown, neededUsd: string): unknown => {
  if (sqlState(error) !== 'PT402' || !(error instanceof pg.DatabaseError)) return error
  const { scope, budget_usd, spent_usd, final, hopeless, reset } = Detail.parse(JSON.parse(error.detail ?? ''))
  const budget = { scope, budgetUsd: budget_usd, spentUsd: spent_usd }
  return new BudgetExceeded({ final, hopeless, resetSeconds: reset, neededUsd, budget })
}
