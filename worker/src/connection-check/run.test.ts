import { bundledCatalog } from '@recto/shared/catalog'
import { createLog } from '@recto/shared/log'
import { describe, expect, test } from 'vitest'
import { CONNECTION_CHECK_MS } from '../deadlines.ts'
import { BudgetExceeded } from '../llm/errors/budget-exceeded.ts'
import type { CallRecorder, Usage } from '../llm/request.ts'
import { routesOf } from '../llm/route.ts'
import { type ConnectionChecksDeps, createConnectionChecks } from './run.ts'
import type { ConnectionCheck } from './store.ts'

const routes = routesOf(bundledCatalog(), { firstTokenMs: 1, gapMs: 1, totalMs: 1 })
const recorder: CallRecorder = {
  start: async () => '',
  identify: () => undefined,
  progress: () => undefined,
  finish: async () => undefined,
}
const timing = { requests: 1, latencyMs: 12, firstTokenMs: 3, totalMs: 12 }
const nothing = { provider: null, httpStatus: null, providerRequestId: null, responseExcerpt: null, retryAfterMs: null }
const usage: Usage = {
  tokensInput: 9,
  tokensOutput: 2,
  tokensReasoning: null,
  tokensCached: null,
  costUsd: '0.00001',
  costSource: 'provider',
}
const aborted = { ok: false as const, failure: { ...nothing, class: 'aborted' as const, retryable: true, timing } }

const asked = (id: string, more: Partial<ConnectionCheck> = {}): ConnectionCheck => ({
  id,
  userId: 'u',
  accountId: 'u',
  model: 'balanced',
  message: null,
  residency: 'any',
  scrub: false,
  waitedMs: 0,
  ...more,
})

/** Connection checks over a store of `rows`, and a provider that answers after `letGo` or aborts with its signal. */
const setUp = (rows: ConnectionCheck[], more: Partial<ConnectionChecksDeps> = {}) => {
  const unclaimed = new Map(rows.map((row) => [row.id, row]))
  const state = { atOnce: 0, most: 0, providers: new Set<string>() }
  const results = new Map<string, unknown>()
  const notified: string[] = []
  const letGo = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const ended = () => results.size === rows.length && over.resolve()
  const checks = createConnectionChecks({
    store: {
      claim: async (id) => {
        if (id === 'lost') throw new Error('no database')
        const row = unclaimed.get(id) ?? null
        unclaimed.delete(id)
        return row
      },
      pending: async () => [...unclaimed.keys()],
      finish: async (id, result) => void results.set(id, result),
      release: async (id) => void results.set(id, 'released'),
    },
    catalog: bundledCatalog(),
    residency: 'any',
    scrub: false,
    routing: () => ({ routes, policy: 'fixed', latencyOf: () => null, random: () => 0.5 }),
    ask: async (of, { parse }, signal) => {
      for (const { provider } of of) state.providers.add(provider)
      state.most = Math.max(state.most, ++state.atOnce)
      const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve))
      if (!signal.aborted) await Promise.race([letGo.promise, stopped])
      state.atOnce--
      const [route] = of
      const parsed = parse(' Blue.\u0000\n', 'stop')
      if (signal.aborted || !route || !parsed.ok) return aborted
      const { value } = parsed
      const answered = {
        modelServed: 'served',
        route,
        httpStatus: 200,
        providerRequestId: 'p',
        usage,
        timing,
        modelMs: timing.latencyMs,
      }
      return { ok: true, value, truncated: false, ...answered }
    },
    recorderOf: () => recorder,
    notifyStatus: (id = '') => {
      notified.push(id)
      ended()
    },
    notifyConnectionChecks: (id = '') => {
      notified.push(`again ${id}`)
      ended()
    },
    log: createLog('worker', 'silent'),
    ...more,
  })
  return { checks, state, results, notified, letGo: () => letGo.resolve(), over: over.promise, unclaimed }
}

describe('connection checks', () => {
  test('write the cleaned answer of the model, and notify the API', async () => {
    const { checks, results, notified, letGo, over } = setUp([asked('a')])
    checks.start()
    letGo()
    await over
    expect(Object.fromEntries(results)).toEqual({
      a: {
        ok: true,
        text: 'Blue.',
        model: 'served',
        provider: 'openrouter',
        usage: { tokens_input: 9, tokens_output: 2, cost_usd: '0.00001' },
        latency_ms: 12,
      },
    })
    expect(notified).toEqual(['a'])
  })

  test('run four at a time, and the others after them', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const { checks, state, results, letGo, over } = setUp(ids.map((id) => asked(id)))
    checks.start()
    checks.enqueue(ids.join(','))
    letGo()
    await over
    expect([...results.keys()].toSorted()).toEqual(ids)
    expect(state.most).toBe(4)
  })

  test('are not claimed before the worker has started', async () => {
    const { checks, unclaimed } = setUp([asked('a')])
    checks.enqueue('a')
    checks.poll()
    await checks.stop()
    expect(unclaimed.size).toBe(1)
  })

  test.each([
    ['account', { budget_usd: '1', spent_usd: '0.99' }],
    ['deployment', {}],
  ] as const)(
    'end as budget_exceeded when the budget denies them, with the numbers of an account only: %s',
    async (scope, numbers) => {
      const budget = { scope, budgetUsd: '1', spentUsd: '0.99' }
      const refusal = new BudgetExceeded({ final: true, hopeless: false, resetSeconds: 60, neededUsd: '0.1', budget })
      const { checks, results, over } = setUp([asked('a')], { ask: () => Promise.reject(refusal) })
      checks.start()
      await over
      expect(results.get('a')).toMatchObject({ ok: false, code: 'budget_exceeded', provider: null, final: true })
      expect(results.get('a')).toHaveProperty('limit', { name: 'budget', scope, ...numbers, reset: 60 })
    },
  )

  test('end as timeout before the API stops waiting', async () => {
    const { checks, results, over } = setUp([asked('a', { waitedMs: CONNECTION_CHECK_MS - 5 })])
    checks.start()
    await over
    expect(results.get('a')).toMatchObject({ ok: false, code: 'timeout', provider: null, http_status: null })
  })

  test('are released by a worker that stops, which notifies the others', async () => {
    const { checks, state, results, notified, over } = setUp([asked('a')])
    checks.start()
    while (state.most === 0) await new Promise(setImmediate)
    await checks.stop()
    await over
    expect([results.get('a'), notified]).toEqual(['released', ['again a']])
    checks.enqueue('a')
    expect(state.most).toBe(1)
  })

  test.each<[string, Partial<ConnectionCheck>, Partial<ConnectionChecksDeps>]>([
    ['the account', { residency: 'eu' }, {}],
    ['the deployment', {}, { residency: 'eu' }],
  ])('use only routes in the EU when %s requires it', async (_, row, deps) => {
    const { checks, state, letGo, over } = setUp([asked('a', row)], deps)
    checks.start()
    letGo()
    await over
    expect([...state.providers]).toEqual(['scaleway'])
  })

  test.each<[string, Partial<ConnectionCheck>]>([
    ['unknown_model', { model: 'gone' }],
    ['residency_unavailable', { model: 'openai/gpt-oss-20b', residency: 'eu' }],
  ])('without a route end as %s, and no request is sent', async (code, row) => {
    const { checks, state, results, over } = setUp([asked('a', row)])
    checks.start()
    await over
    expect(results.get('a')).toMatchObject({ ok: false, code, provider: null })
    expect(state.most).toBe(0)
  })

  test('run on after a claim that failed', async () => {
    const { checks, results, letGo, over } = setUp([asked('a')])
    letGo()
    checks.start()
    checks.enqueue('lost,a')
    await over
    expect([...results.keys()]).toEqual(['a'])
  })
})
