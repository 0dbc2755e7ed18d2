import { until } from '@recto/local/until'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { calls, expireHeartbeat, generation, jobs, suggestions, whenOver, whenStatus } from '../support/generations.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
})
beforeEach(() => {
  system.model.clearRequests()
  system.model.setScript([
    { match: { text: 'takes-a-moment' }, times: 1, latency_ms: 4_000 },
    { match: { text: 'takes-for-ever' }, times: 1, hang: 'stream', hang_after_chunks: 2 },
    { match: { text: 'takes-for-ever' }, latency_ms: 1_500 },
  ])
})
afterAll(() => system?.stop())

const submitText = async (marker: string) =>
  submitter.submit(await system.person(), { source_text: newText({ marker }) })

const whenAsked = (count: number) =>
  until(() => system.model.totals().requests >= count, { what: `request ${count}`, timeoutMs: 30_000 })

/** Sends SIGTERM to a worker `times` times. Returns its exit code and the milliseconds until its exit. */
const end = async (worker: Service, times = 1) => {
  const askedAt = performance.now()
  for (let n = 0; n < times; n++) worker.kill('SIGTERM')
  const { code } = await worker.exited
  return { code, ms: performance.now() - askedAt }
}

describe('a worker that receives SIGTERM', () => {
  test('finishes a short job, fetches no other, and reports that it is not ready', async () => {
    const worker = await system.startWorker({ WORKER_SLOTS: '1', SHUTDOWN_DEADLINE_SECONDS: '20' })
    const other = await system.person()
    const first = await submitText('takes-a-moment')
    await whenAsked(1)
    const second = await submitter.submit(other, { source_text: newText() })
    const ended = end(worker, 2)
    await until(async () => (await fetch(`${worker.url}/readyz`)).status === 503, { what: 'readyz', timeoutMs: 3_900 })
    expect((await fetch(`${worker.url}/livez`)).status).toBe(200)

    const { code, ms } = await ended
    expect(code).toBe(0)
    expect(ms).toBeLessThan(15_000)
    expect(await generation(system, first)).toMatchObject({ status: 'succeeded', attempts: 1 })
    expect(await generation(system, second)).toMatchObject({ status: 'pending', attempts: 0 })
    expect(worker.log()).toContain('"msg":"stopped"')

    const next = await system.startWorker()
    expect(await whenOver(system, second)).toMatchObject({ status: 'succeeded', attempts: 1 })
    expect((await end(next)).code).toBe(0)
  })

  test('hands a long job back before its deadline, and another worker runs it with all its tries', async () => {
    const worker = await system.startWorker({ SHUTDOWN_DEADLINE_SECONDS: '2' })
    const id = await submitText('takes-for-ever')
    await whenAsked(1)
    const other = await system.startWorker()
    const { code, ms } = await end(worker)
    expect(code).toBe(0)
    // The worker hands its jobs back a second before the deadline of 2 s. The rest is what a busy machine takes.
    expect(ms).toBeLessThan(4_000)

    await whenAsked(2)
    expect(await jobs(system, id)).toMatchObject([{ state: 'active', retry_count: 0, retry_limit: 3 }])
    // A job that was not handed back would wait 10 s for the end of its heartbeats.
    expect(await whenOver(system, id, 8_000)).toMatchObject({ status: 'succeeded', attempts: 2 })
    expect((await calls(system, id)).map(({ outcome }) => outcome)).toEqual(['aborted', 'ok'])
    expect(await suggestions(system, id)).toHaveLength(10)
    expect((await end(other)).code).toBe(0)
  })

  test('exits in time when the database is down, and its jobs are recovered by their heartbeats', async () => {
    const worker = await system.startWorker({ SHUTDOWN_DEADLINE_SECONDS: '2' })
    const id = await submitText('takes-for-ever')
    await whenAsked(1)
    await system.supabase.killPostgres()
    const { code, ms } = await end(worker)
    await system.supabase.restartPostgres()
    expect(code).toBe(0)
    expect(ms).toBeLessThan(6_000)
    await whenStatus(system, id, ['running'])
    const next = await system.startWorker()
    await expireHeartbeat(system, id)
    expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded', attempts: 2 })
    expect((await end(next)).code).toBe(0)
  })
})

describe('a worker that starts without a database', () => {
  const startWithoutDatabase = async () => {
    await system.supabase.killPostgres()
    const worker = await system.startWorker({}, { ready: false })
    const status = (path: string) =>
      fetch(`${worker.url}${path}`).then(
        (answer) => answer.status,
        () => 0,
      )
    await until(async () => (await status('/livez')) === 200, { what: 'a live worker', timeoutMs: 30_000 })
    expect(await status('/readyz')).toBe(503)
    return worker
  }

  test('becomes ready once the database is up', async () => {
    const worker = await startWithoutDatabase()
    await system.supabase.restartPostgres()
    expect(await whenOver(system, await submitText('after-a-late-start'))).toMatchObject({ status: 'succeeded' })
    expect((await fetch(`${worker.url}/readyz`)).status).toBe(200)
    expect((await end(worker)).code).toBe(0)
  })

  test('exits on SIGTERM', async () => {
    const worker = await startWithoutDatabase()
    const { code, ms } = await end(worker)
    await system.supabase.restartPostgres()
    expect(code).toBe(0)
    expect(ms).toBeLessThan(6_000)
  })
})
