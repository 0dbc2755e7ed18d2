import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { metric } from '../support/metrics.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { outages } from './outages.ts'

const LATER = 40
const FIRST_TOKEN_MS = 4_000
const patient = { first_token_ms: 30_000, gap_ms: 30_000, total_ms: 60_000 }

let system: System
let second: ModelServer
let submitter: Submitter
let workerEnv: Record<string, string>
let worker: Service

beforeAll(async () => {
  system = await startSystem()
  second = await startModelServer({ name: 'second' })
  submitter = await createSubmitter(system)
  await system.limit(1_000_000, 60)
  // Each outage has a model of its own, so that its open breaker does not affect the next outage.
  const models = ['comes back', 'is known', ...outages.map(({ name }) => name)]
  const catalog = catalogOf({
    // The provider that serves has the time that it needs when other tests take the processor.
    providers: { first: { base_url: system.model.url }, second: { base_url: second.url, timeouts: patient } },
    models: Object.fromEntries(models.map((name) => [name, ['first', 'second']])),
  })
  workerEnv = {
    ...catalogEnv(system, catalog),
    WORKER_SLOTS: '200',
    MODEL_FIRST_TOKEN_MS: String(FIRST_TOKEN_MS),
    MODEL_GAP_MS: '1600',
    MODEL_TOTAL_MS: '5000',
  }
  worker = await system.startWorker(workerEnv)
})
afterAll(async () => {
  await second?.stop()
  await system?.stop()
})

/** `lostMs` is the time from the first request to the last one, which is the delay that an outage adds. */
type Ended = { status: string; provider: string | null; lostMs: number }

/** Submits `count` generations at once, and waits until all have ended. */
const run = async (model: string, count: number): Promise<Ended[]> => {
  const rows = Array.from({ length: count }, () => ({ model, source_text: newText({ length: 1000 }) }))
  const ids = await submitter.submitAll(await system.person(), rows)
  const live = 'select from public.ai_generations where id = any ($1) and finished_at is null'
  await until(async () => (await system.admin.query(live, [ids])).rowCount === 0, {
    what: `the end of all of "${model}"`,
    timeoutMs: 30_000,
    everyMs: 100,
  })
  const { rows: ended } = await system.admin.query<Ended>(
    `select g.status, g.ai_metadata->>'provider' as provider,
      (extract(epoch from max(c.started_at) - min(c.started_at)) * 1000)::float8 as "lostMs"
    from public.ai_generations g join public.ai_calls c on c.generation_id = g.id where g.id = any ($1) group by g.id`,
    [ids],
  )
  return ended
}

const p95 = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0

type Health = { state: string; reason: string | null }

const healthOfFirst = async (model: string): Promise<Health | undefined> => {
  const text = `select state, reason from public.ai_routes_health where provider = 'first' and model = $1`
  return (await system.admin.query<Health>(text, [model])).rows[0]
}

const stateOfFirst = (service: Service, model: string) =>
  metric(service, `recto_route_state{provider="first",model="${model}"}`)

const requestsTo = ({ requests }: ModelServer, wanted: string) =>
  requests.filter(({ model }) => model === wanted).length

describe('when the first of two providers', () => {
  beforeAll(() =>
    system.model.setScript(
      outages.flatMap(({ name, steps }) => steps.map((step) => ({ ...step, match: { model: name } }))),
    ),
  )

  test.for(outages)('$name, the second provider serves', async ({ name, atOnce }) => {
    const ended = await run(name, atOnce)
    const count = () => ({ dead: requestsTo(system.model, name), alive: requestsTo(second, name) })
    const before = count()
    const later = await run(name, LATER)
    const after = count()
    const saved = [...ended, ...later].filter(({ status, provider }) => status === 'succeeded' && provider === 'second')
    expect(saved.length).toBeGreaterThanOrEqual(0.995 * (atOnce + LATER))
    expect(p95(ended.map(({ lostMs }) => lostMs))).toBeLessThan(FIRST_TOKEN_MS + 2_000)

    const health = await healthOfFirst(name)
    expect(health).toMatchObject({ state: expect.stringMatching('open'), reason: expect.any(String) })
    // Later generations find the breaker open, and only a few probe the route.
    const [dead, alive] = [after.dead - before.dead, after.alive - before.alive]
    expect(alive).toBeGreaterThanOrEqual(LATER)
    expect(dead).toBeLessThan(0.05 * (dead + alive))
  })
})

test('a provider that comes back is used again', async () => {
  system.model.setScript([{ match: { model: 'comes back' }, status: 500 }])
  await run('comes back', 20)
  expect(await healthOfFirst('comes back')).toMatchObject({ state: 'open', reason: 'upstream_error' })
  expect(await stateOfFirst(worker, 'comes back')).toBe(2)

  system.model.setScript([])
  const isUsed = async () => (await run('comes back', 1))[0]?.provider === 'first'
  await until(isUsed, { what: 'a generation by the first provider', timeoutMs: 30_000 })
  await until(async () => (await healthOfFirst('comes back'))?.state === 'closed', {
    what: 'the route closing for all',
    timeoutMs: 10_000,
  })
  expect(await healthOfFirst('comes back')).toMatchObject({ reason: null })
  expect(await stateOfFirst(worker, 'comes back')).toBe(0)
  expect((await run('comes back', 20)).map(({ provider }) => provider)).toEqual(Array(20).fill('first'))
})

test('a breaker that one worker opens is open in other workers and in new ones', async () => {
  system.model.setScript([{ match: { model: 'is known' }, status: 429, headers: { 'retry-after': '3600' } }])
  const other = await system.startWorker(workerEnv)
  const whenOpen = (service: Service) =>
    until(async () => (await stateOfFirst(service, 'is known')) === 2, { what: 'the open breaker', timeoutMs: 10_000 })
  await run('is known', 1)
  await Promise.all([whenOpen(worker), whenOpen(other)])
  expect((await run('is known', 20)).map(({ provider }) => provider)).toEqual(Array(20).fill('second'))

  await Promise.all([worker.stop(), other.stop()])
  const newcomer = await system.startWorker(workerEnv)
  await whenOpen(newcomer)
  expect((await run('is known', 5)).map(({ provider }) => provider)).toEqual(Array(5).fill('second'))
  expect(requestsTo(system.model, 'is known')).toBe(1)
})
