import { type GenerationErrorCode, generationErrors } from '@recto/shared/errors'
import type { BudgetExceeded } from '../llm/errors/budget-exceeded.ts'
import { messageOf } from '../llm/errors/failure.ts'
import type { Answer } from '../llm/request.ts'

/** What is written of a test, for the API to read. `cost_usd` is a decimal string, of the request that answered. */
export type ConnectionCheckResult =
  | {
      ok: true
      text: string
      /** As the provider named it. */
      model: string
      provider: string
      usage: { tokens_input: number | null; tokens_output: number | null; cost_usd: string }
      latency_ms: number
    }
  | NotWell
  | (NotWell & { final: boolean; limit: BudgetLimit })

type NotWell = { ok: false; code: string; message: string; provider: string | null; http_status: number | null }

/** As refusals of submissions have it: USD as decimal strings, `reset` in seconds. Of the deployment's budget nobody learns the numbers. */
type BudgetLimit = {
  name: 'budget'
  scope: 'account' | 'deployment'
  budget_usd?: string
  spent_usd?: string
  reset: number
}

/** A test that came to no request. */
export const notAsked = (code: GenerationErrorCode): NotWell => ({
  ok: false,
  code,
  message: generationErrors[code].message,
  provider: null,
  http_status: null,
})

/** A test that there is no money for. `final`: nothing that is under way can make room for it this month. */
export const outOfMoney = ({ final, resetSeconds, budget }: BudgetExceeded): ConnectionCheckResult => {
  const { scope, budgetUsd, spentUsd } = budget
  const numbers = scope === 'account' ? { budget_usd: budgetUsd, spent_usd: spentUsd } : {}
  return { ...notAsked('budget_exceeded'), final, limit: { name: 'budget', scope, ...numbers, reset: resetSeconds } }
}

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
