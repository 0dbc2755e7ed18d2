import { startModelServer } from '@recto/local/model-server/server'
import { until } from '@recto/local/until'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import {
  calls,
  expireHeartbeat,
  type GenerationRow,
  generation,
  suggestions,
  whenOver,
} from '../support/generations.ts'
import { createSubmitter, type NewRow, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter
let workers: Service[] = []

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  await system.limit(1_000_000, 60)
})
afterAll(() => system?.stop())

const startWorker = async (env: Record<string, string> = {}): Promise<Service> => {
  const worker = await system.startWorker({ RECTO_CACHE_TTL_SECONDS: '60', ...env })
  workers.push(worker)
  return worker
}
const stopWorkers = async () => {
  await Promise.all(workers.map((worker) => worker.stop()))
  workers = []
}

type Asker = { id: string }

const run = async (person: Asker, row: NewRow): Promise<GenerationRow> => {
  const ended = await whenOver(system, await submitter.submit(person, row))
  expect(ended.status).toBe('succeeded')
  return ended
}

const asked = (marker: string) => system.model.requests.filter((request) => request.generationMarker === marker)

/** The fields of a card that a cached copy shares. Flags depend on the other cards of the person. */
const cardsOf = async (id: string) =>
  (await suggestions(system, id)).map(({ position, front, back, source_quote, quote_start, quote_end }) => ({
    position,
    front,
    back,
    source_quote,
    quote_start,
    quote_end,
  }))

/** Makes cards of a new text for a new person. */
const makeFirst = async (marker: string) => {
  const person = await system.person()
  const row = { source_text: newText({ marker }) }
  const first = await run(person, row)
  expect(asked(marker)).toHaveLength(1)
  return { person, row, first }
}

test('without a TTL every generation calls the model, and nothing is cached', async () => {
  await startWorker({ RECTO_CACHE_TTL_SECONDS: '' })
  const { person, row } = await makeFirst('no-cache')
  const second = await run(person, row)
  expect(second.ai_metadata).not.toHaveProperty('cached')
  expect(asked('no-cache')).toHaveLength(2)
  expect((await system.admin.query('select from recto.result_cache')).rowCount).toBe(0)
  await stopWorkers()
})

describe('a repeated request', () => {
  beforeAll(() => startWorker())
  afterAll(() => stopWorkers())

  test('costs nothing and gets the same cards', async () => {
    const { person, row, first } = await makeFirst('twice')
    const second = await run(person, row)
    expect(second).toMatchObject({ cost_usd: '0', attempts: 1 })
    expect(second.ai_metadata).toMatchObject({ ...first.ai_metadata, cached: true, cached_from: first.id })
    expect(first.ai_metadata).not.toHaveProperty('cached')
    expect(await calls(system, second.id)).toEqual([])
    expect(asked('twice')).toHaveLength(1)
    expect(await cardsOf(second.id)).toEqual(await cardsOf(first.id))
    expect((await cardsOf(second.id)).length).toBeGreaterThan(0)
  })

  test('misses the cache for another person, other options, another model or another residency', async () => {
    const { person, row, first } = await makeFirst('alike')
    const others: [Asker, NewRow][] = [
      [await system.person(), row],
      [person, { ...row, options: { max_cards: 3 } }],
      [person, { ...row, options: { language: 'fr' } }],
      [person, { ...row, model: 'openai/gpt-oss-120b' }],
    ]
    for (const [n, [asker, other]] of others.entries()) {
      const made = await run(asker, other)
      expect(made.ai_metadata).not.toHaveProperty('cached')
      expect(asked('alike')).toHaveLength(n + 2)
    }
    const inEu = await submitter.submit(person, { ...row, data_residency: 'eu' })
    expect(await whenOver(system, inEu)).toMatchObject({ error: { code: 'residency_unavailable' } })
    expect((await run(person, row)).ai_metadata).toMatchObject({ cached: true, cached_from: first.id })
  })

  test('misses the cache after the cached generation is deleted', async () => {
    const { person, row, first } = await makeFirst('deleted')
    await system.admin.query('delete from public.ai_generations where id = $1', [first.id])
    expect((await run(person, row)).ai_metadata).not.toHaveProperty('cached')
    expect(asked('deleted')).toHaveLength(2)
  })

  test('misses the cache after the TTL, and is cached again', async () => {
    const { person, row, first } = await makeFirst('expired')
    await system.admin.query(`update recto.result_cache set expires_at = now() where generation_id = $1`, [first.id])
    const second = await run(person, row)
    expect(second.ai_metadata).not.toHaveProperty('cached')
    expect((await run(person, row)).ai_metadata).toMatchObject({ cached: true, cached_from: second.id })
    expect(asked('expired')).toHaveLength(2)
  })

  test('misses the cache after a failed generation', async () => {
    const person = await system.person()
    const row = { source_text: newText({ marker: 'fails-first' }) }
    system.model.setScript([{ match: { text: 'fails-first' }, times: 1, content: '{"cards": []}' }])
    const failed = await whenOver(system, await submitter.submit(person, row))
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'no_usable_cards' } })
    expect((await run(person, row)).ai_metadata).not.toHaveProperty('cached')
  })
})

describe('ten identical generations at once', () => {
  afterEach(() => stopWorkers())

  test('make one call on two workers', async () => {
    system.model.setScript([{ match: { text: 'ten-at-once' }, latency_ms: 300 }])
    await Promise.all([startWorker({ WORKER_SLOTS: '5' }), startWorker({ WORKER_SLOTS: '5' })])
    const person = await system.person()
    const row = { source_text: newText({ marker: 'ten-at-once' }) }
    const ids = await submitter.submitAll(person, Array(10).fill(row))
    const ended = await Promise.all(ids.map((id) => whenOver(system, id)))
    expect(ended.map(({ status }) => status)).toEqual(Array(10).fill('succeeded'))
    expect(ended.filter(({ ai_metadata }) => ai_metadata.cached === true)).toHaveLength(9)
    expect(asked('ten-at-once')).toHaveLength(1)
    const [cards] = await Promise.all(ids.map(cardsOf))
    for (const id of ids) expect(await cardsOf(id)).toEqual(cards)
    expect(ended.filter(({ cost_usd }) => Number(cost_usd) > 0)).toHaveLength(1)
  })

  test('call a model that takes no temperature, all but the first at the same time', async () => {
    const marker = 'ten-by-chance'
    const hot = await startModelServer({ refuses: ['temperature'], script: [{ latency_ms: 3_000 }] })
    const catalog = catalogOf({
      providers: { hot: { base_url: hot.url, quirks: { omit: ['temperature'] } } },
      models: { h: ['hot'] },
    })
    await startWorker({ ...catalogEnv(system, catalog), WORKER_SLOTS: '10' })
    const row = { source_text: newText({ marker }), model: 'h' }
    const ids = await submitter.submitAll(await system.person(), Array(10).fill(row))
    const ended = await Promise.all(ids.map((id) => whenOver(system, id, 30_000)))
    expect(ended.map(({ status }) => status)).toEqual(Array(10).fill('succeeded'))
    expect(hot.requests).toHaveLength(10)
    expect(hot.totals().mostOpen).toBe(9)
    await hot.stop()
  })

  test.each([
    ['free slots are left', '20', 'leader-dies'],
    ['waiting generations fill every slot', '3', 'leader-dies-full'],
  ])(
    'make one more call after the worker of the first call is killed while %s',
    async (_, slots, marker) => {
      system.model.setScript([{ match: { text: marker }, times: 1, hang: 'headers' }])
      // Another route would be asked beside one that is silent for long.
      const catalog = catalogOf({ providers: { only: { base_url: system.model.url } }, models: { lone: ['only'] } })
      const env = catalogEnv(system, catalog)
      const victim = await startWorker({ ...env, WORKER_SLOTS: '1' })
      const person = await system.person()
      const row = { source_text: newText({ marker }), model: 'lone' }
      const leader = await submitter.submit(person, row)
      await until(() => asked(marker).length === 1, { what: 'the request of the leader', timeoutMs: 30_000 })
      const others = await submitter.submitAll(person, Array(9).fill(row))
      await startWorker({ ...env, WORKER_SLOTS: slots })
      const waiting = Math.min(Number(slots), others.length)
      const running = async () => {
        const rows = await Promise.all(others.map((id) => generation(system, id)))
        return rows.filter(({ status }) => status === 'running').length === waiting
      }
      await until(running, { what: 'the others waiting for the leader', timeoutMs: 30_000 })
      expect(asked(marker)).toHaveLength(1)

      victim.kill('SIGKILL')
      await victim.exited
      await expireHeartbeat(system, leader)
      const ended = await Promise.all([leader, ...others].map((id) => whenOver(system, id, 60_000)))
      expect(ended.map(({ status }) => status)).toEqual(Array(10).fill('succeeded'))
      expect(ended.filter(({ ai_metadata }) => ai_metadata.cached === true)).toHaveLength(9)
      expect(asked(marker)).toHaveLength(2)
    },
    120_000,
  )
})
