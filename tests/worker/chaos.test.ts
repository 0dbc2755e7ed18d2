import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import type { TestPerson } from '../support/person.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { listPrice, liveGenerations, readEnds, replaceOldest, submitUntilAccepted, whenAllIsOver } from './chaos.ts'
import { contradictions, ledgerDifferences } from './ledger.ts'

const PEOPLE = 100
const WAVES = 5
const KILL_EVERY_MS = 2_000

let system: System
let api: Service
let workerEnv: Record<string, string>
let workers: Service[]

const startWorker = () => system.startWorker(workerEnv, { ready: false })

beforeAll(async () => {
  system = await startSystem()
  const catalog = catalogOf({
    providers: { first: { base_url: system.model.url, cost_lookup: true } },
    models: { one: ['first'] },
    prices: { first: listPrice },
  })
  workerEnv = catalogEnv(system, catalog)
  api = await system.startApi({ RECTO_MODELS: workerEnv.RECTO_MODELS ?? '' })
  workers = await Promise.all([startWorker(), startWorker(), startWorker()])
  system.model.setScript([
    { match: { text: 'chaos-slow' }, latency_ms: 200, first_token_ms: 200, chunk_gap_ms: 200, chunks: 8 },
    { latency_ms: 150, first_token_ms: 50, chunk_gap_ms: 10 },
  ])
})
afterAll(() => system.stop())

test('500 generations end, none lost or doubled, while workers are killed and Postgres restarts', async () => {
  const people: TestPerson[] = []
  for (let n = 0; n < PEOPLE; n++) people.push(await system.person(api))
  const accepted = new Map<string, string>()
  let kills = 0
  let lastKill = performance.now()
  const nextKill = async () => {
    await until(() => performance.now() - lastKill >= KILL_EVERY_MS, { what: 'the next kill', timeoutMs: 10_000 })
    lastKill = performance.now()
    kills += 1
    await replaceOldest(workers, startWorker)
  }

  for (let wave = 0; wave < WAVES; wave++) {
    const submitted = people.map(async (person, n) => {
      const marker = `chaos-${n % 3 === 0 ? 'slow' : 'fast'}-${n}-${wave}`
      accepted.set(marker, await submitUntilAccepted(person, marker))
    })
    if (wave === 2) submitted.push(system.supabase.restartPostgres())
    await Promise.all([...submitted, nextKill()])
  }
  const ids = [...accepted.values()]
  expect(new Set(ids).size).toBe(PEOPLE * WAVES)

  while ((await liveGenerations(system)) > 0 && kills < 8) await nextKill()
  await whenAllIsOver(system, 35_000)

  const ends = await readEnds(system)
  expect(ends.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  expect(ends.filter(({ end }) => end !== 'succeeded' && end !== 'failed worker_lost')).toEqual([])
  expect(ends.filter(({ end }) => end === 'succeeded').length).toBeGreaterThan(PEOPLE * WAVES * 0.95)

  expect(await ledgerDifferences(system, accepted)).toEqual([])
  expect(await contradictions(system)).toEqual([])
  expect(kills).toBeGreaterThanOrEqual(WAVES)
  expect(workers.every((worker) => worker.alive())).toBe(true)
  expect(api.alive()).toBe(true)
}, 240_000)
