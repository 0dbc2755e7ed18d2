import { parseCatalog } from '@recto/shared/catalog'
import { describe, expect, test } from 'vitest'
import { findKind } from '../kinds/registry.ts'
import type { AccountPolicy } from './account-policy.ts'
import { planRun } from './plan.ts'
import type { Run } from './run.ts'

const price = { input_per_million: '1', output_per_million: '1', currency: 'USD', as_of: '2026-01-01' }
const model = (id: string) => ({ id, quality: 1, context_tokens: 9000, routes: [{ provider: 'acme', price }] })
const catalog = parseCatalog({
  providers: { acme: { base_url: 'https://acme.example/v1', region: 'eu', key_variable: 'ACME_API_KEY' } },
  rates: {},
  models: ['large', 'small', 'tiny'].map(model),
  aliases: { balanced: ['large'], fast: ['small', 'large'] },
})

const accountPolicy: AccountPolicy = {
  dataResidency: 'any',
  scrub: false,
  allowedModels: null,
  allowedKinds: null,
  overBudget: 'fail',
  throttled: false,
}
const planned = (model: string, more: Partial<AccountPolicy> = {}) => {
  const run: Run = {
    id: 'g',
    userId: 'u',
    accountId: 'u',
    requestId: null,
    traceparent: null,
    kind: 'flashcards',
    sourceText: '',
    input: null,
    model,
    promptVersion: 'flashcards@1',
    options: {},
    dataResidency: 'any',
    accountPolicy: { ...accountPolicy, ...more },
    attempt: 1,
    endedCalls: [],
    optimize: null,
    maxTotalTokens: null,
    usedTokens: 0,
    unmeasuredCalls: 0,
    unusableAnswers: 0,
    failedCalls: 0,
    waitedMs: 0,
    queuedMs: 1,
  }
  return planRun({ catalog, findKind, residency: 'any', scrub: false }, run)
}

describe('allowed models', () => {
  test('are checked at claim, because a plan may have changed since the submission', () => {
    expect(planned('balanced', { allowedModels: ['fast'] })).toEqual({ ok: false, code: 'model_not_allowed' })
    expect(planned('fast', { allowedModels: ['fast'] })).toMatchObject({ ok: true, models: ['small', 'large'] })
  })

  test('are names in requests: an alias allows its models by that alias only', () => {
    expect(planned('large', { allowedModels: ['balanced'] })).toEqual({ ok: false, code: 'model_not_allowed' })
  })
})

describe('a throttled account', () => {
  test('may be served by every model, so that the cheapest is asked', () => {
    expect(planned('balanced', { throttled: true })).toMatchObject({
      ok: true,
      models: ['large', 'small', 'tiny'],
      throttled: true,
    })
  })

  test('may be served only by models that it is allowed, each listed once', () => {
    expect(planned('fast', { throttled: true, allowedModels: ['fast', 'balanced'] })).toMatchObject({
      models: ['small', 'large'],
    })
  })

  test('still fails for a model that is not allowed', () => {
    expect(planned('tiny', { throttled: true, allowedModels: ['fast'] })).toMatchObject({ code: 'model_not_allowed' })
  })
})
