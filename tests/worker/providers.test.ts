import { createHash } from 'node:crypto'
import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import type { Catalog } from '@recto/shared/catalog'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { calls, costOf, type GenerationRow, whenOver } from '../support/generations.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter
let started: { stop(): Promise<void> }[] = []

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
})
afterEach(async () => {
  for (const one of started) await one.stop()
  started = []
})
afterAll(() => system?.stop())

const startServer = async (options: Parameters<typeof startModelServer>[0]): Promise<ModelServer> => {
  const server = await startModelServer(options)
  started.push(server)
  return server
}

/** Starts the only worker of a test. */
const startWorker = async (catalog: Catalog, env: Record<string, string> = {}) => {
  started.unshift(await system.startWorker({ ...catalogEnv(system, catalog), ...env }))
}

const run = async (model: string, source_text = newText()): Promise<GenerationRow> => {
  const id = await submitter.submit(await system.person(), { source_text, model })
  return whenOver(system, id)
}

test('a provider that only the catalog describes gets the fields it needs, and costs in its currency', async () => {
  const server = await startServer({
    keys: ['key-of-acme', 'key-of-hasty'],
    report_cost: false,
    refuses: ['temperature', 'stream_options', 'max_completion_tokens'],
    requires: ['max_tokens', 'store'],
  })
  const acme = {
    base_url: server.url,
    region: 'eu',
    quirks: {
      omit: ['temperature' as const, 'stream_options' as const],
      tokens_field: 'max_tokens' as const,
      extra: { store: false },
    },
  }
  const price = { input_per_million: '0.153', output_per_million: '0.357', currency: 'EUR', as_of: '2026-11-01' }
  await startWorker(
    catalogOf({
      providers: { acme, hasty: { base_url: server.url } },
      models: { 'acme/one': ['acme'], 'hasty/one': ['hasty'] },
      prices: { acme: price },
      rates: { EUR: { usd: '1.1537', as_of: '2026-11-20' } },
    }),
  )

  const ended = await run('acme/one')
  expect(ended).toMatchObject({
    status: 'succeeded',
    ai_metadata: { provider: 'acme', model: 'acme/one', region: 'eu' },
  })
  const { rows } = await system.admin.query(
    `select cost_source, fx_rate::text, region, key_fingerprint, reserved_usd > cost_usd as reserved_enough, tokens_input > 0 as counted,
      cost_usd = (tokens_input * 0.153 + tokens_output * 0.357) * 0.000001 * 1.1537 as exact
    from public.ai_calls where generation_id = $1`,
    [ended.id],
  )
  const recorded = { cost_source: 'price_list', fx_rate: '1.1537', region: 'eu', reserved_enough: true, exact: true }
  const key_fingerprint = createHash('sha256').update('key-of-acme').digest('hex').slice(0, 12)
  expect(rows).toEqual([{ ...recorded, counted: true, key_fingerprint }])
  expect(ended.cost_usd).toBe(await costOf(system, ended.id))

  expect(await run('hasty/one')).toMatchObject({ status: 'failed', error: { code: 'invalid_request' } })
})

test('a hedge at the second provider wins when the first is slow, and both costs are recorded', async () => {
  const second = await startServer({ name: 'second' })
  system.model.setScript([{ match: { text: 'is-slow' }, first_token_ms: 20, hang: 'stream', hang_after_chunks: 3 }])
  await startWorker(
    catalogOf({
      providers: { first: { base_url: system.model.url }, second: { base_url: second.url } },
      models: { 'any/one': ['first', 'second'] },
    }),
    { MODEL_HEDGE_MS: '2000' },
  )

  const undisturbed = await run('any/one')
  expect(undisturbed).toMatchObject({
    status: 'succeeded',
    ai_metadata: { provider: 'first', timing: { requests: 1 } },
  })
  const ended = await run('any/one', newText({ marker: 'is-slow' }))
  expect(ended).toMatchObject({
    status: 'succeeded',
    attempts: 1,
    ai_metadata: { provider: 'second', timing: { requests: 2 } },
  })
  // The stream of the first provider would end after 15 s of silence.
  expect(Number(ended.finished_at) - Number(ended.started_at)).toBeLessThan(10_000)

  const slow = system.model.requests.find(({ generationMarker }) => generationMarker === 'is-slow')
  const [quick, ...others] = second.requests
  expect(others).toEqual([])
  expect(slow).toMatchObject({ aborted: true })
  const [first, hedge] = await calls(system, ended.id)
  expect(first).toMatchObject({ provider: 'first', outcome: 'aborted', hedge: false })
  expect(hedge).toMatchObject({ provider: 'second', outcome: 'ok', hedge: true, cost_usd: quick?.chargedUsd })
  // The first provider did not report its cost. The estimate is at least what it charged.
  expect(Number(slow?.chargedUsd)).toBeGreaterThan(0)
  expect(Number(first?.cost_usd)).toBeGreaterThanOrEqual(Number(slow?.chargedUsd))
  expect(first?.finished_at).not.toBeNull()
  expect(ended.cost_usd).toBe(await costOf(system, ended.id))
})
