import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { calls, costOf, type GenerationRow, whenOver } from '../support/generations.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter
let second: ModelServer
let worker: Service
let env: Record<string, string>

const delays = { first_token_ms: 100, chunk_gap_ms: 5 }

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  await system.limit(1_000_000, 60)
  second = await startModelServer({ name: 'second' })
  const catalog = catalogOf({
    providers: { first: { base_url: system.model.url }, second: { base_url: second.url } },
    models: { 'any/one': ['first', 'second'] },
  })
  env = catalogEnv(system, catalog)
  worker = await system.startWorker(env)
})
afterAll(async () => {
  await second?.stop()
  await system?.stop()
})

const submit = async (marker: string): Promise<string> =>
  submitter.submit(await system.person(), { source_text: newText({ marker }), model: 'any/one' })
const tookMs = ({ started_at, finished_at }: GenerationRow) => Number(finished_at) - Number(started_at)
/** Lets the worker measure how long the first provider usually takes. Returns how long a generation takes then. */
const measure = async (): Promise<number> => {
  system.model.setScript([delays])
  second.setScript([delays])
  const durations: number[] = []
  for (let n = 0; n < 6; n++) {
    const ended = await whenOver(system, await submit(`usual-${n}`))
    expect(ended).toMatchObject({ status: 'succeeded', ai_metadata: { provider: 'first' } })
    durations.push(tookMs(ended))
  }
  return Math.max(...durations)
}

test('a route that turns silent costs two seconds, in each generation until it rests, and each left call is booked', async () => {
  const usualMs = await measure()
  system.model.setScript([{ hang: 'headers' }])
  const took: number[] = []
  for (let n = 0; n < 3; n++) {
    const ended = await whenOver(system, await submit(`silent-${n}`))
    took.push(tookMs(ended))
    expect(ended).toMatchObject({ status: 'succeeded', attempts: 1, ai_metadata: { provider: 'second' } })
    expect(tookMs(ended)).toBeGreaterThan(1_900)
    const [left, answered] = await calls(system, ended.id)
    expect(left).toMatchObject({ provider: 'first', outcome: 'timeout', hedge: false, cost_source: 'estimate' })
    expect(Number(left?.cost_usd)).toBeGreaterThan(0)
    expect(answered).toMatchObject({ provider: 'second', outcome: 'ok', hedge: true })
    expect(ended.cost_usd).toBe(await costOf(system, ended.id))
  }
  // A busy machine delays some of them. Without the second route, each would take the 30 s of a first token.
  expect(Math.min(...took)).toBeLessThan(2_000 + 2 * usualMs)
  expect(Math.max(...took)).toBeLessThan(15_000)
})

test('a worker that starts while a route is silent knows from the calls of others how long that route usually takes', async () => {
  await measure()
  await worker.stop()
  system.model.setScript([{ hang: 'headers' }])
  worker = await system.startWorker(env)
  const ended = await whenOver(system, await submit('fresh'))
  expect(ended).toMatchObject({ status: 'succeeded', attempts: 1, ai_metadata: { provider: 'second' } })
  // A route that nobody has heard would be left after 10 s, and the only one after 30.
  expect(tookMs(ended)).toBeLessThan(9_000)
})

test('a worker that is killed while it asks both routes leaves no call open, and the generation succeeds', async () => {
  await worker.stop()
  worker = await system.startWorker(env)
  await measure()
  const marker = 'killed'
  const seen = (server: ModelServer) => server.requests.filter(({ generationMarker }) => generationMarker === marker)
  system.model.setScript([{ hang: 'headers' }])
  second.setScript([{ hang: 'headers' }])
  const id = await submit(marker)
  await until(() => seen(second).length === 1, { what: 'the second request', timeoutMs: 30_000 })
  expect(seen(system.model)).toHaveLength(1)
  await worker.kill('SIGKILL')

  system.model.setScript([delays])
  second.setScript([delays])
  worker = await system.startWorker(env)
  expect(await whenOver(system, id, 40_000)).toMatchObject({ status: 'succeeded', attempts: 2 })
  const open = async () => (await calls(system, id)).filter(({ finished_at }) => finished_at === null).length
  await until(async () => (await open()) === 0, { what: 'the settlement of both calls', timeoutMs: 30_000 })
  expect((await calls(system, id)).map(({ outcome }) => outcome)).toEqual(['worker_lost', 'worker_lost', 'ok'])
  const cost = async () => (await system.admin.query('select cost_usd from ai_generations where id = $1', [id])).rows[0]
  expect((await cost()).cost_usd).toBe(await costOf(system, id))
})
