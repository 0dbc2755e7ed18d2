import type { Result } from '../generation/decide.ts'
import type { Made } from '../kinds/kind.ts'
import { BudgetExceeded, type ShortBudget } from '../llm/errors/budget-exceeded.ts'
import type { Failure } from '../llm/errors/failure.ts'

export const exampleCacheKey = { digest: 'd', ttlSeconds: 60 }

/** What a kind has made: `count` results. */
export const made = (count: number, usable = count > 0): Made => ({
  usable,
  failureCode: 'no_usable_cards',
  count,
  suggestions: count,
  value: 'result',
  output: null,
  said: null,
  stored: [],
})

/** A run that asked a model and got results. */
export const generated = (
  more: { made?: Made; dropped?: Record<string, number>; deterministic?: boolean } = {},
): Extract<Result, { what: 'generated' }> => ({
  what: 'generated',
  of: {
    ok: true,
    made: made(1),
    dropped: {},
    metadata: { model: 'm' },
    error: { provider: 'acme', provider_request_id: 'gen-1' },
    deterministic: true,
    phases: { firstTokenMs: null, generationMs: 3, modelMs: 2, gateMs: 1 },
    ...more,
  },
  cacheKey: exampleCacheKey,
})

/** A run whose requests to providers failed. */
export const failed = (
  failure: Partial<Failure>,
  more: { residency?: 'any' | 'eu'; stopReason?: unknown; said?: unknown } = {},
): Extract<Result, { what: 'failed' }> => ({
  what: 'failed',
  failure: {
    class: 'timeout',
    retryable: true,
    retryAfterMs: null,
    provider: null,
    httpStatus: null,
    providerRequestId: null,
    responseExcerpt: null,
    timing: { requests: 2, latencyMs: 1, firstTokenMs: null, totalMs: 3 },
    ...failure,
  },
  residency: 'any',
  stopReason: undefined,
  said: null,
  ...more,
})

/** A run with a call that the budget denied. */
export const overBudget = (facts: { final: boolean; hopeless?: boolean; budget?: ShortBudget }): Result => ({
  what: 'over_budget',
  refusal: new BudgetExceeded({
    hopeless: false,
    resetSeconds: 86_400,
    neededUsd: '0.02',
    budget: { scope: 'account', budgetUsd: '1', spentUsd: '0.99' },
    ...facts,
  }),
})
