import type { CheckOverBudget, ConnectionCheckResult, FailedCheck } from '@recto/shared/connection-check'
import { type GenerationErrorCode, generationErrors } from '@recto/shared/errors'
import type { BudgetExceeded } from '../llm/errors/budget-exceeded.ts'
import { messageOf } from '../llm/errors/failure.ts'
import type { Answer } from '../llm/request.ts'

/** A check for which no request was made. */
export const notAsked = (code: GenerationErrorCode): FailedCheck => ({
  ok: false,
  code,
  message: generationErrors[code].message,
  provider: null,
  http_status: null,
})

/** The result of a check that the budget denied. */
export const overBudget = ({ final, resetSeconds, budget }: BudgetExceeded): CheckOverBudget => {
  const { scope, budgetUsd, spentUsd } = budget
  const numbers = scope === 'account' ? { budget_usd: budgetUsd, spent_usd: spentUsd } : {}
  return {
    ...notAsked('budget_exceeded'),
    code: 'budget_exceeded',
    final,
    limit: { name: 'budget', scope, ...numbers, reset: resetSeconds },
  }
}

/** The result of a check whose request was answered or failed, or that found no free route. */
export const resultOf = (answer: Answer<string>): ConnectionCheckResult => {
  if (!answer.ok) {
    const { class: code, provider, httpStatus } = answer.failure
    return { ok: false, code, message: messageOf(code), provider, http_status: httpStatus }
  }
  const { value, modelServed, route, usage, timing } = answer
  return {
    ok: true,
    text: value,
    model: modelServed ?? route.model,
    provider: route.provider,
    usage: { tokens_input: usage.tokensInput, tokens_output: usage.tokensOutput, cost_usd: usage.costUsd },
    latency_ms: timing.latencyMs,
  }
}
