import { parseCatalog } from '@recto/shared/catalog'
import { createPool } from '@recto/shared/database'
import { createLog } from '@recto/shared/log'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../clock.ts'
import { createProviderKeys } from '../llm/keys/provider-keys.ts'
import type { CallResult } from '../llm/request.ts'
import { createClient } from '../llm/wire/client.ts'
import { usualTimeouts } from '../llm/wire/timeouts.ts'
import { failWith, succeed } from '../testing/ask-harness.ts'
import { type Reply, scriptedProvider } from '../testing/scripted-provider.ts'
import { buildLlm } from './llm.ts'

// The machine's clock is set by the test. Timers and the network keep their time.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.now() }))
afterEach(() => void vi.useRealTimers())

const hours = (count: number) => count * 3_600_000
const setBy = (ms: number) => vi.setSystemTime(Date.now() + ms)

const catalog = parseCatalog({
  providers: { acme: { base_url: 'https://acme.example/v1', region: 'eu', key_variable: 'ACME_API_KEY' } },
  models: [
    {
      id: 'm',
      quality: 1,
      context_tokens: 8192,
      routes: [
        {
          provider: 'acme',
          price: { input_per_million: '1', output_per_million: '1', currency: 'USD', as_of: '2026-11-01' },
        },
      ],
    },
  ],
  aliases: { balanced: ['m'] },
})

/** What asks the one route of a provider, as a worker has it, while the database is away. */
const llmAt = async (...script: Reply[]) => {
  const provider = await scriptedProvider(...script)
  const keys = createProviderKeys({
    catalog,
    env: { ACME_API_KEY: 'sk-acme-1' },
    readFile: async () => '',
    readVault: null,
    now: systemClock.steady,
  })
  await keys.load()
  const pool = createPool({ url: 'postgres://127.0.0.1:1/none', name: 'none', max: 1, connectMs: 100 }, () => undefined)
  const llm = buildLlm({
    pool,
    catalog,
    keys,
    clients: { acme: createClient({ baseURL: provider.baseURL }) },
    policy: 'fixed',
    timeouts: usualTimeouts,
    hedgeMs: null,
    notifyRoutes: () => undefined,
    metrics: { failedOver: () => undefined },
    clock: { ...systemClock, sleep: async () => undefined },
    random: () => 0,
    log: createLog('worker', 'silent'),
  })
  const results: CallResult[] = []
  const ask = () =>
    llm.ask(
      llm.routing().routes,
      {
        request: { messages: [{ role: 'user', content: 'Hello' }], maxCompletionTokens: 100, temperature: 0 },
        recorder: {
          start: async () => 'call-1',
          identify: () => undefined,
          progress: () => undefined,
          finish: async (_, result) => void results.push(result),
        },
        parse: (text) => ({ ok: true, value: text }),
        unusableBefore: 0,
        failedBefore: 0,
      },
      new AbortController().signal,
    )
  const end = async () => {
    await provider[Symbol.asyncDispose]()
    await pool.end()
  }
  return { llm, ask, results, [Symbol.asyncDispose]: end }
}

test.each([
  ['back', -hours(2)],
  ['forward', hours(2)],
])('a route that rests is asked again after its rest, although the clock of the machine is set %s', async (_, by) => {
  const failing = Array.from({ length: 8 }, () => failWith(503))
  await using harness = await llmAt(...failing, succeed)
  const { llm, ask } = harness
  while (llm.hasRoute()) await ask()
  setBy(by)
  expect((await ask()).ok).toBe(false)
  vi.advanceTimersByTime(10_000)
  expect((await ask()).ok).toBe(true)
})

test.each([
  ['back', -hours(2)],
  ['forward by years, as after a start without a network', hours(24 * 365 * 50)],
])('a call during which the clock of the machine is set %s has the time that it took', async (_, by) => {
  await using harness = await llmAt((response) => {
    setBy(by)
    succeed(response)
  })
  const answer = await harness.ask()
  expect(answer.ok && [answer.timing.totalMs, answer.timing.latencyMs, answer.modelMs]).toEqual([0, 0, 0])
  expect(harness.results).toMatchObject([{ outcome: 'ok', latencyMs: 0, firstTokenMs: 0 }])
})
