import { bundledCatalog } from '@recto/shared/catalog'
import type { ConnectionCheckResult } from '@recto/shared/connection-check'
import { describe, expect, it } from 'vitest'
import { CHECK_WAIT_MS } from '../deadlines.ts'
import { createSubscriptions } from '../subscriptions.ts'
import { type RunConnectionCheckDeps, runConnectionCheck } from './run.ts'

const actor = { caller: { userId: 'ann', claims: '{}', expiresAt: 0 }, requestId: 'r' }
const never = new AbortController().signal
const admission = {
  windows: [{ name: 'connection_checks', limit: 10, remaining: 9, window_seconds: 60, reset: 60 }],
  waiting: false,
  priority: 0,
  in_flight: 0,
}
const answered = {
  text: 'Yes.',
  model: 'gpt-oss-120b',
  provider: 'scaleway',
  usage: { tokens_input: 12, tokens_output: 3, cost_usd: '0.0000012' },
  latency_ms: 321,
}

/** A caller of a connection check, and the result that a worker writes: `state.result`. */
const setUp = (more: Partial<RunConnectionCheckDeps> = {}) => {
  const subscriptions = createSubscriptions(10, 10)
  const state: { result: ConnectionCheckResult | null; asked: string[]; looks: number } = {
    result: null,
    asked: [],
    looks: 0,
  }
  const looked = Promise.withResolvers<void>()
  const admitted: unknown[] = []
  const run = runConnectionCheck({
    catalog: bundledCatalog(),
    residency: 'any',
    request: async (_actor, { model }) => {
      state.asked.push(model)
      return { id: 't', admission }
    },
    find: async () => {
      state.looks++
      const { result } = state
      looked.resolve()
      return result
    },
    subscriptions,
    stopping: never,
    now: Date.now,
    ...more,
  })
  const begin = (model = 'balanced', gone = never) =>
    run(actor, { model, message: null, gone, onAdmitted: (numbers) => admitted.push(numbers) })
  return { subscriptions, state, begin, admitted, firstLook: looked.promise }
}

describe('runConnectionCheck', () => {
  it('answers what the worker wrote, when the notification of it arrives', async () => {
    const { subscriptions, state, begin, admitted, firstLook } = setUp()
    const result = begin()
    await firstLook
    state.result = { ok: true, ...answered }
    subscriptions.changed(['t'])
    expect(await result).toEqual(answered)
    expect(state).toMatchObject({ asked: ['balanced'], looks: 2 })
    expect(admitted).toEqual([admission])
  })

  it('answers what the worker wrote, although the notification is lost', async () => {
    const { state, begin, firstLook } = setUp()
    const result = begin()
    await firstLook
    state.result = { ok: true, ...answered }
    expect(await result).toEqual(answered)
  })

  it.each([
    [{ provider: 'openrouter', http_status: 429 }, 'The provider is overloaded. (rate_limited, openrouter, HTTP 429)'],
    [{ provider: null, http_status: null }, 'The provider is overloaded. (rate_limited)'],
  ])('throws provider_failed with the reason when the check failed: %o', async (where, message) => {
    const { state, begin } = setUp()
    state.result = { ok: false, code: 'rate_limited', message: 'The provider is overloaded.', ...where }
    await expect(begin()).rejects.toMatchObject({ code: 'provider_failed', message })
  })

  it('throws worker_unavailable when no worker answers in time', async () => {
    let time = 0
    const { state, begin, admitted } = setUp({
      now: () => {
        time += CHECK_WAIT_MS / 2
        return time
      },
    })
    await expect(begin()).rejects.toMatchObject({ code: 'worker_unavailable', retryAfter: 5 })
    expect(state.looks).toBeGreaterThan(0)
    expect(admitted).toEqual([admission])
  })

  it.each(['the client disconnects', 'the process stops'])('throws worker_unavailable when %s', async (why) => {
    const over = new AbortController()
    const { begin, firstLook, subscriptions } = setUp(why === 'the process stops' ? { stopping: over.signal } : {})
    const result = begin('fast', why === 'the client disconnects' ? over.signal : never)
    result.catch(() => undefined)
    await firstLook
    over.abort()
    await expect(result).rejects.toMatchObject({ code: 'worker_unavailable' })
    for (let n = 0; n < 10; n++) expect(subscriptions.subscribe('t', 'ann')).toBeDefined()
  })

  it('throws worker_unavailable when too many checks wait', async () => {
    const { begin } = setUp({ subscriptions: createSubscriptions(0, 0) })
    await expect(begin()).rejects.toMatchObject({ code: 'worker_unavailable' })
  })

  it.each([
    ['gpt-1', 'any', 'unknown_model'],
    ['constructor', 'any', 'unknown_model'],
    ['openai/gpt-oss-20b', 'eu', 'residency_unavailable'],
  ] as const)('of model %s with residency %s throws %s and asks no worker', async (model, residency, code) => {
    const { state, begin } = setUp({ residency })
    await expect(begin(model)).rejects.toMatchObject({ code })
    expect(state.asked).toEqual([])
  })
})
