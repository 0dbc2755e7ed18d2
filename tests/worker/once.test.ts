import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { projectRoot } from '@recto/local/home'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { calls, generation, jobs, suggestions, whenStatus } from '../support/generations.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter

beforeAll(async () => {
  system = await startSystem()
  await system.limit(1000, 60)
  submitter = await createSubmitter(system)
})
beforeEach(() => {
  system.model.clearRequests()
  system.model.setScript([
    { match: { text: 'fails-first' }, times: 1, status: 429, headers: { 'retry-after': '600' } },
    { match: { text: 'takes-for-ever' }, hang: 'stream', hang_after_chunks: 2 },
    { match: { text: 'takes-a-moment' }, latency_ms: 1_500 },
  ])
})
afterAll(() => system?.stop())

const submitText = async (marker: string) =>
  submitter.submit(await system.person(), { source_text: newText({ marker }) })

/** A worker as cron starts it: it has no port, so nobody waits until it is ready. */
const startOnce = (env: Record<string, string> = {}): Promise<Service> =>
  system.startWorker({ WORKER_ONCE: 'on', WORKER_PORT: '', ...env }, { ready: false })

/** Runs a worker to its end. */
const runOnce = async (env: Record<string, string> = {}) => {
  const worker = await startOnce(env)
  const { code } = await worker.exited
  return { code, log: worker.log() }
}

describe('a worker with WORKER_ONCE=on', () => {
  test('runs everything that waits, also what gets its place meanwhile, and exits with 0', async () => {
    await system.plan('free', { concurrent: 2 })
    const person = await system.person()
    const own = []
    for (let n = 0; n < 7; n++) own.push(await submitter.submit(person, { source_text: newText() }))
    await system.plan('free', { concurrent: null })
    const others = await Promise.all(Array.from({ length: 5 }, () => submitText('takes-a-moment')))
    const { code, log } = await runOnce({ WORKER_SLOTS: '3' })
    expect(code).toBe(0)
    expect(log).toContain('"drained":true')
    expect(log).toContain('"msg":"stopped"')
    for (const id of [...own, ...others]) {
      expect(await generation(system, id)).toMatchObject({ status: 'succeeded', attempts: 1 })
      expect(await suggestions(system, id)).toHaveLength(10)
    }
  })

  test('exits with 0 when there is nothing to do, having done its turn of the maintenance', async () => {
    await system.admin.query(`update recto.queue_health set measured_at = now() - interval '1 hour'`)
    const { code, log } = await runOnce()
    expect([code, log.includes('"drained":true')]).toEqual([0, true])
    const { rows } = await system.admin.query('select recto.worker_alive(60) as alive')
    expect(rows).toEqual([{ alive: true }])
  })

  test('leaves a job that is to be tried again later, which a run at that time takes', async () => {
    const catalog = catalogOf({
      providers: { only: { base_url: system.model.url } },
      models: { 'the-model': ['only'] },
    })
    const env = catalogEnv(system, catalog)
    const id = await submitText('fails-first')
    expect(await runOnce(env)).toMatchObject({ code: 0 })
    expect(await runOnce(env)).toMatchObject({ code: 0 })
    expect(await generation(system, id)).toMatchObject({ status: 'pending', attempts: 1 })
    await system.admin.query('update pgboss.job set start_after = now() where id = $1', [id])
    await system.admin.query('delete from public.ai_routes_health')
    expect(await runOnce(env)).toMatchObject({ code: 0 })
    expect(await generation(system, id)).toMatchObject({ status: 'succeeded', attempts: 2 })
  })

  test('gives a generation a job that has none, because no other worker would', async () => {
    const id = await submitText('orphaned')
    await system.admin.query('delete from pgboss.job where id = $1', [id])
    // The trigger that dates changes does not run for a replica.
    await system.admin.query(`begin; set local session_replication_role = replica;
      update public.ai_generations set updated_at = now() - interval '1 minute' where id = '${id}'; commit`)
    expect(await runOnce()).toMatchObject({ code: 0 })
    expect(await generation(system, id)).toMatchObject({ status: 'succeeded' })
  })

  test('runs beside a worker that stays and leaves to it what it runs', async () => {
    const other = await system.startWorker()
    const id = await submitText('takes-for-ever')
    await whenStatus(system, id, ['running'])
    expect(await runOnce()).toMatchObject({ code: 0 })
    expect(await generation(system, id)).toMatchObject({ status: 'running', attempts: 1 })
    expect((await calls(system, id)).map(({ outcome }) => outcome)).toEqual([null])
    await system.admin.query('delete from public.ai_generations where id = $1', [id])
    await other.stop()
  })

  test('hands back what still runs when its time is up, and exits with 0', async () => {
    const id = await submitText('takes-for-ever')
    const { code, log } = await runOnce({ WORKER_ONCE_SECONDS: '3', SHUTDOWN_DEADLINE_SECONDS: '2' })
    expect([code, log.includes('"drained":false')]).toEqual([0, true])
    expect(await generation(system, id)).toMatchObject({ status: 'pending' })
    expect(await jobs(system, id)).toMatchObject([{ retry_count: 0, retry_limit: 3 }])
    await system.admin.query('delete from public.ai_generations where id = $1', [id])
  })

  test('ends at a signal as any worker does', async () => {
    await submitText('takes-a-moment')
    const worker = await startOnce({ SHUTDOWN_DEADLINE_SECONDS: '20' })
    await until(() => system.model.totals().requests > 0, { what: 'a request', timeoutMs: 30_000 })
    worker.kill('SIGTERM')
    expect((await worker.exited).code).toBe(0)
    expect(worker.log()).toContain('"signal":"SIGTERM"')
  })

  test('serves health and metrics only on a port that it is given', async () => {
    await submitText('takes-a-moment')
    const worker = await system.startWorker({ WORKER_ONCE: 'on' }, { ready: false })
    const metrics = () =>
      fetch(`${worker.url}/metrics`).then(
        ({ status }) => status,
        () => 0,
      )
    await until(async () => (await metrics()) === 200, { what: 'its metrics', timeoutMs: 30_000 })
    expect((await worker.exited).code).toBe(0)
    // The second one would fail for want of the port, if it had one.
    const [one, two] = await Promise.all([runOnce(), runOnce()])
    expect([one.code, two.code]).toEqual([0, 0])
    expect(one.log).toContain('"port":null')
  })

  test('exits with 1 when it cannot use the database before its time is up', async () => {
    await system.supabase.killPostgres()
    try {
      const { code, log } = await runOnce({ WORKER_ONCE_SECONDS: '2' })
      expect([code, log.trim().split('\n').at(-1)]).toEqual([1, 'the database could not be used within 2 s'])
    } finally {
      await system.supabase.restartPostgres()
    }
  })
})

test('WORKER_ONCE_SECONDS without WORKER_ONCE is refused', async () => {
  const { promise, resolve } = Promise.withResolvers<[number | string | null | undefined, string]>()
  const env = { ...process.env, WORKER_DATABASE_URL: system.supabase.workerDatabaseUrl, WORKER_ONCE_SECONDS: '60' }
  execFile(process.execPath, [join(projectRoot, 'worker', 'src', 'main.ts')], { env }, (error, _, stderr) =>
    resolve([error?.code, stderr]),
  )
  const message = 'WORKER_ONCE_SECONDS is set, but this worker runs until it is stopped: set WORKER_ONCE=on as well\n'
  expect(await promise).toEqual([1, message])
})
