import { until } from '@recto/local/until'
import { generationErrors } from '@recto/shared/errors'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import type { TestPerson } from '../support/person.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { listPrice, readEnds, replaceOldest, submitUntilAccepted, whenAllIsOver } from './chaos.ts'
import { faultNames, faultyScript, healthyScript, wrongKey } from './chaos-faults.ts'
import { contradictions, ledgerDifferences } from './ledger.ts'

const PEOPLE = 20
const waves = [0, 1, 2, 3, 4]
const PER_WAVE = 3
/** From the last fault. The promise is two minutes. */
const OVER_WITHIN_MS = 60_000
const knownEnds = ['succeeded', ...Object.keys(generationErrors).map((code) => `failed ${code}`)]

let system: System
let workerEnv: Record<string, string>
let apis: Service[]
let workers: Service[]
let people: TestPerson[]

const startApi = () => system.startApi({ RECTO_MODELS: workerEnv.RECTO_MODELS ?? '' }, { ready: false })
const startWorker = () => system.startWorker(workerEnv, { ready: false })

beforeAll(async () => {
  system = await startSystem()
  await system.limit(1_000, 60)
  const provider = {
    base_url: system.model.url,
    cost_lookup: true,
    timeouts: { first_token_ms: 1_500, gap_ms: 1_500 },
  }
  const catalog = catalogOf({
    providers: { first: provider, second: provider },
    models: { one: ['first', 'second'] },
    prices: { first: listPrice, second: listPrice },
  })
  workerEnv = { ...catalogEnv(system, catalog), FIRST_API_KEY: `key-of-first,${wrongKey}`, MODEL_HEDGE_MS: '1000' }
  system.model.setScript(faultyScript)
  apis = await Promise.all([startApi(), startApi()])
  workers = await Promise.all([startWorker(), startWorker(), startWorker()])

  // A load balancer that does not know which API is alive.
  let turn = 0
  const anyApi = {
    get url() {
      turn += 1
      return apis[turn % apis.length]?.url ?? ''
    },
  }
  people = await Promise.all(Array.from({ length: PEOPLE }, () => system.person(anyApi)))
})
afterAll(() => system?.stop())

/** What the people submit in a wave. */
const markersOf = (wave: number) =>
  people.flatMap((person, nth) =>
    Array.from({ length: PER_WAVE }, (_, n) => ({ person, marker: `faulty-${wave}-${nth}-${n}` })),
  )

/** Kills an API and a worker in the middle of their work, and replaces them. */
const killBoth = (hasBegun: () => boolean) =>
  Promise.all([
    until(hasBegun, { what: 'the first submissions of a wave', timeoutMs: 20_000 }).then(() =>
      replaceOldest(apis, startApi),
    ),
    until(() => system.model.totals().open > 5, { what: 'open requests', timeoutMs: 20_000 }).then(() =>
      replaceOldest(workers, startWorker),
    ),
  ])

test('300 generations end and cost what the provider charged, while it errs in 13 ways and processes are killed', async () => {
  const accepted = new Map<string, string>()
  for (const wave of waves) {
    const before = accepted.size
    const submitted = markersOf(wave).map(async ({ person, marker }) => {
      accepted.set(marker, await submitUntilAccepted(person, marker))
    })
    if (wave === 2) submitted.push(system.supabase.restartPostgres())
    await Promise.all([...submitted, killBoth(() => accepted.size > before + 5)])
  }
  const ids = [...accepted.values()]
  expect(new Set(ids).size).toBe(300)

  system.model.setScript(healthyScript)
  await whenAllIsOver(system, OVER_WITHIN_MS)
  expect([...apis, ...workers].every((service) => service.alive())).toBe(true)
  const steps = new Set(system.model.requests.map(({ step }) => step))
  expect(faultNames.filter((name) => !steps.has(name))).toEqual([])

  for (const wave of waves) {
    const repeated = markersOf(wave).map(async ({ person, marker }) =>
      expect(await submitUntilAccepted(person, marker)).toBe(accepted.get(marker)),
    )
    await Promise.all(repeated)
  }
  const ends = await readEnds(system)
  expect(ends.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  expect(ends.filter(({ end }) => !knownEnds.includes(end))).toEqual([])

  expect(await ledgerDifferences(system, accepted)).toEqual([])
  expect(await contradictions(system)).toEqual([])
}, 240_000)
