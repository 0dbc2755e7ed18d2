import type { RequestRecord } from '@recto/local/model-server/request-log'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { calls, costOf, generation, jobs, suggestions, whenJob, whenOver } from '../support/generations.ts'
import type { TestPerson } from '../support/person.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let api: Service
let worker: Service
let ana: TestPerson
let beforePickUp: string

beforeAll(async () => {
  system = await startSystem()
  await system.limit(1000, 300)
  api = await system.startApi()
  ana = await system.person(api)
  system.model.setScript([
    { match: { text: 'hangs-in-headers' }, hang: 'headers' },
    { match: { text: 'hangs-in-stream' }, hang: 'stream', hang_after_chunks: 4, chunks: 8 },
    { match: { text: 'is-told-to-wait' }, times: 1, status: 429, headers: { 'retry-after': '60' }, body: {} },
    { match: { text: 'is-told-to-pause' }, times: 1, status: 429, headers: { 'retry-after': '5' }, body: {} },
    { match: { text: 'races' }, latency_ms: 300 },
  ])
  beforePickUp = await submit('before-pick-up')
  expect(await cancel(beforePickUp)).toBe(202)
  worker = await system.startWorker()
})
afterAll(() => system?.stop())

const submit = async (marker: string): Promise<string> => {
  // The model has one route, so that a failure is not followed by a request to another provider.
  const answer = await ana.submit({ source_text: newText({ marker }), model: 'openai/gpt-oss-120b' })
  expect(answer.status).toBe(202)
  const { generation_id } = (await answer.json()) as { generation_id: string }
  return generation_id
}

const cancel = async (id: string) => (await ana.api(`/api/ai/generations/${id}/cancel`, { method: 'POST' })).status
const remove = async (id: string) => (await ana.api(`/api/ai/generations/${id}`, { method: 'DELETE' })).status

const requests = (marker: string) => system.model.requests.filter(({ generationMarker }) => generationMarker === marker)

const whenAsked = async (marker: string): Promise<RequestRecord> => {
  await until(() => requests(marker).length === 1, { what: `the request of ${marker}`, timeoutMs: 30_000 })
  const [request] = requests(marker)
  if (!request) throw new Error('gone')
  return request
}

const whenEnded = (id: string) =>
  until(async () => (await calls(system, id)).every(({ outcome }) => outcome !== null), {
    what: `the end of the calls of ${id}`,
    timeoutMs: 30_000,
  })

/**
 * Waits for the next heartbeat of a job. A worker that is told nothing sees the end of its generation with a heartbeat,
 * so from now on, that takes 3 s.
 */
const whenTouched = async (id: string): Promise<void> => {
  const heartbeat = async () => Number((await jobs(system, id))[0]?.heartbeat_on)
  const before = await heartbeat()
  await until(async () => (await heartbeat()) !== before, { what: `a heartbeat of ${id}`, timeoutMs: 30_000 })
}

const whenAborted = (request: RequestRecord) =>
  until(() => request.aborted, { what: 'the abort of the call', timeoutMs: 2_000, everyMs: 5 })

describe('a generation that is cancelled', () => {
  test('before a worker picks it up is never run', async () => {
    await whenOver(system, await submit('after-it'))
    expect(await generation(system, beforePickUp)).toMatchObject({ status: 'cancelled', attempts: 0, started_at: null })
    expect(requests('before-pick-up')).toEqual([])
  })

  test.for(['hangs-in-headers', 'hangs-in-stream'])(
    'aborts its call before the next heartbeat while the model %s',
    async (marker) => {
      const id = await submit(marker)
      const request = await whenAsked(marker)
      if (marker === 'hangs-in-stream') {
        await until(() => request.status !== null || request.startedAt + 300 < Date.now(), {
          what: 'the stream',
          timeoutMs: 30_000,
        })
      }
      await whenTouched(id)
      expect(await cancel(id)).toBe(202)
      await whenAborted(request)
      await whenEnded(id)

      expect(await calls(system, id)).toMatchObject([{ outcome: 'aborted', attempt: 1 }])
      const over = await generation(system, id)
      expect(over).toMatchObject({ status: 'cancelled', attempts: 1, error: null })
      await until(async () => (await generation(system, id)).cost_usd === (await costOf(system, id)), {
        what: 'the cost being booked',
        timeoutMs: 30_000,
      })
      if (marker === 'hangs-in-stream') {
        expect(Number(await costOf(system, id))).toBeGreaterThan(0)
        expect(Number(await costOf(system, id))).toBeGreaterThanOrEqual(0.5 * Number(request.chargedUsd))
      }
      expect(await suggestions(system, id)).toEqual([])
      expect(await cancel(id)).toBe(200)
    },
  )

  test('while the worker pauses between two requests sends no second request', async () => {
    const id = await submit('is-told-to-pause')
    await whenAsked('is-told-to-pause')
    await whenEnded(id)
    expect(await cancel(id)).toBe(202)
    const metrics = async () => (await fetch(`${worker.url}/metrics`)).text()
    await until(async () => /^recto_worker_running 0/m.test(await metrics()), {
      what: 'an idle worker',
      timeoutMs: 4_000,
    })
    expect(requests('is-told-to-pause')).toHaveLength(1)
  })

  test('while it waits for a retry is never run again', async () => {
    const id = await submit('is-told-to-wait')
    await whenJob(system, id, 'retry')
    expect(await cancel(id)).toBe(202)
    await system.admin.query(`update pgboss.job set start_after = now() where id = $1`, [id])
    await whenOver(system, await submit('after-that'))
    expect(await generation(system, id)).toMatchObject({ status: 'cancelled', attempts: 1 })
    expect(requests('is-told-to-wait')).toHaveLength(1)
  })

  test('after its end stays unchanged', async () => {
    const id = await submit('over-already')
    const before = await whenOver(system, id)
    expect(await cancel(id)).toBe(200)
    expect(await generation(system, id)).toEqual(before)
    expect(before.status).toBe('succeeded')
  })

  test('at the moment of its success ends in one of both states, with its cost recorded', async () => {
    const ids = await Promise.all(Array.from({ length: 16 }, (_, n) => submit(`races-${n}`)))
    await until(() => requests('races-0').length === 1, { what: 'the first request', timeoutMs: 30_000 })
    const [first] = requests('races-0')
    await until(() => first !== undefined && first.finishedAt !== null, {
      what: 'its end',
      timeoutMs: 30_000,
      everyMs: 2,
    })
    await Promise.all(ids.map(cancel))
    for (const id of ids) {
      const { status } = await whenOver(system, id)
      await whenEnded(id)
      expect(['succeeded', 'cancelled']).toContain(status)
      expect(await suggestions(system, id)).toHaveLength(status === 'succeeded' ? 10 : 0)
      await until(async () => (await generation(system, id)).cost_usd === (await costOf(system, id)), {
        what: 'the cost being booked',
        timeoutMs: 30_000,
      })
    }
  })
})

test('a generation that is deleted during its call leaves only the record of the call', async () => {
  const marker = 'hangs-in-stream-and-is-deleted'
  const id = await submit(marker)
  const request = await whenAsked(marker)
  const [{ id: callId } = { id: '' }] = (
    await system.admin.query<{ id: string }>('select id from public.ai_calls where generation_id = $1', [id])
  ).rows
  await whenTouched(id)
  expect(await remove(id)).toBe(204)
  await whenAborted(request)
  const call = async () => (await system.admin.query('select * from public.ai_calls where id = $1', [callId])).rows[0]
  await until(async () => (await call()).outcome !== null, { what: 'the end of the call', timeoutMs: 30_000 })
  expect(await call()).toMatchObject({ generation_id: null, outcome: 'aborted', user_id: ana.id, account_id: ana.id })
  expect((await system.admin.query('select from public.ai_generations where id = $1', [id])).rowCount).toBe(0)
  expect((await system.admin.query('select from pgboss.job where id = $1', [id])).rowCount).toBe(0)
  expect(await whenOver(system, await submit('after-deletion'))).toMatchObject({ status: 'succeeded' })
})
