import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { freezePostgres } from '../support/freeze.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

/** Longer than any answer takes, also on a busy machine, but for a process that does not answer at all. */
const PROBE_MS = 5_000

let system: System
let submitter: Submitter
beforeAll(async () => {
  system = await startSystem()
  await system.limit(1000, 60)
  submitter = await createSubmitter(system)
})
afterAll(() => system?.stop())

/** What a probe of an orchestrator sees: the status, or that there is no answer. */
const probe = ({ url }: Service, path: string): Promise<number | 'no answer'> =>
  fetch(`${url}${path}`, { signal: AbortSignal.timeout(PROBE_MS) }).then(
    ({ status }) => status,
    () => 'no answer',
  )

const healthOf = async ({ url }: Service): Promise<unknown> => (await fetch(`${url}/health`)).json()

const whenProbed = (service: Service, path: string, status: number) =>
  until(async () => (await probe(service, path)) === status, { what: `${path} ${status}`, timeoutMs: 30_000 })

const stuckProcess = { NODE_OPTIONS: `--import=${new URL('../support/stuck-process.ts', import.meta.url)}` }

describe('/livez', () => {
  const starts: [string, (env?: Record<string, string>) => Promise<Service>][] = [
    ['worker', (env) => system.startWorker(env)],
    ['API', (env) => system.startApi(env)],
  ]

  it.each(starts)('of a frozen %s does not answer, and does again when it goes on', async (_name, start) => {
    const service = await start()
    expect(await probe(service, '/livez')).toBe(200)
    service.kill('SIGSTOP')
    expect(await probe(service, '/livez')).toBe('no answer')
    service.kill('SIGCONT')
    expect(await probe(service, '/livez')).toBe(200)
    await whenProbed(service, '/readyz', 200)
    await service.stop()
  })

  it('of a worker whose dispatcher is stuck is 503, however well the database answers', async () => {
    const worker = await system.startWorker(stuckProcess)
    expect(await probe(worker, '/livez')).toBe(200)
    worker.kill('SIGUSR2')
    await whenProbed(worker, '/livez', 503)
    expect(await healthOf(worker)).toMatchObject({ services: { db: 'ok', queue: 'ok' } })
    worker.kill('SIGKILL')
    await worker.exited
  })

  it('of an API whose connections never come back is 503', async () => {
    const api = await system.startApi({ ...stuckProcess, API_DB_CONNECTIONS: '2' })
    expect(await probe(api, '/livez')).toBe(200)
    api.kill('SIGUSR2')
    // Each look at the services takes a connection.
    await until(async () => (await probe(api, '/health')) === 503 && (await probe(api, '/livez')) === 503, {
      what: '/livez 503',
      timeoutMs: 30_000,
    })
    api.kill('SIGKILL')
    await api.exited
  })

  it('of API and worker is 200 while Postgres is away, and /readyz and /up are 503', async () => {
    const services = [await system.startApi(), await system.startWorker()]
    await system.supabase.killPostgres()
    try {
      for (const service of services) {
        await whenProbed(service, '/readyz', 503)
        expect([await probe(service, '/up'), await probe(service, '/health')]).toEqual([503, 503])
        expect(await probe(service, '/livez')).toBe(200)
        expect(await healthOf(service)).toMatchObject({ status: 'unhealthy', services: { db: 'down', queue: 'down' } })
      }
    } finally {
      await system.supabase.restartPostgres()
    }
    for (const service of services) {
      await whenProbed(service, '/up', 200)
      await service.stop()
    }
  })
})

describe('/health', () => {
  it('is degraded at API and worker while every provider is down', async () => {
    system.model.setScript([{ status: 500 }])
    // Nobody asks most of the routes that the workers of other tests have reported, so these would stay closed.
    await system.admin.query('delete from public.ai_routes_health')
    const catalog = catalogOf({
      providers: { only: { base_url: system.model.url } },
      models: { 'the-model': ['only'] },
    })
    const env = catalogEnv(system, catalog)
    const [api, worker] = [await system.startApi(env), await system.startWorker(env)]
    // A worker tells the API of itself when it first measures the queue.
    await until(async () => JSON.stringify(await healthOf(api)).includes('"status":"healthy"'), {
      what: 'a healthy API',
      timeoutMs: 30_000,
    })
    expect(await healthOf(worker)).toEqual({
      status: 'healthy',
      services: { db: 'ok', queue: 'ok', providers: 'ok' },
    })
    const person = await system.person()
    for (let n = 0; n < 10; n++) await submitter.submit(person, { source_text: newText() })
    const providersOf = async (service: Service) =>
      /"providers":"(\w+)"/.exec(JSON.stringify(await healthOf(service)))?.[1]
    for (const service of [api, worker]) {
      await until(async () => (await providersOf(service)) === 'down', { what: 'providers down', timeoutMs: 30_000 })
      expect(await healthOf(service)).toMatchObject({ status: 'degraded', services: { db: 'ok', providers: 'down' } })
      // Jobs wait for a provider to recover, so neither process is to be started anew.
      expect([await probe(service, '/livez'), await probe(service, '/readyz')]).toEqual([200, 200])
    }
    await Promise.all([api.stop(), worker.stop()])
  })

  it('of the API is degraded without PostgREST, which it does not need itself', async () => {
    const api = await system.startApi()
    const restOf = async () => /"rest":"(\w+)"/.exec(JSON.stringify(await healthOf(api)))?.[1]
    expect(await restOf()).toBe('ok')
    const postgrest = system.supabase.children().find(({ name }) => name === 'postgrest')
    postgrest?.kill('SIGKILL')
    await until(async () => (await restOf()) === 'down', { what: 'rest down', timeoutMs: 30_000 })
    expect(await healthOf(api)).toMatchObject({ status: 'degraded', services: { db: 'ok', auth: 'ok' } })
    expect([await probe(api, '/livez'), await probe(api, '/readyz')]).toEqual([200, 200])
    await api.stop()
  })
})

describe('probes of API and worker while Postgres and PostgREST hang', () => {
  it('are answered in time, and say what does not answer', async () => {
    const services = [await system.startApi(), await system.startWorker()]
    for (const service of services) await whenProbed(service, '/readyz', 200)
    const postgrest = system.supabase.children().find(({ name }) => name === 'postgrest')
    const goOn = freezePostgres(system.supabase)
    postgrest?.kill('SIGSTOP')
    try {
      for (const service of services) {
        await whenProbed(service, '/readyz', 503)
        for (const [path, status] of Object.entries({ '/livez': 200, '/readyz': 503, '/up': 503, '/health': 503 })) {
          const startedAt = performance.now()
          expect([path, await probe(service, path)]).toEqual([path, status])
          // Each check takes a second at most. The rest is for a busy machine.
          expect(performance.now() - startedAt, path).toBeLessThan(3_000)
        }
        expect(await healthOf(service)).toMatchObject({ status: 'unhealthy', services: { db: 'down', queue: 'down' } })
      }
    } finally {
      goOn()
      postgrest?.kill('SIGCONT')
    }
    for (const service of services) {
      await whenProbed(service, '/readyz', 200)
      await service.stop()
    }
  })
})

describe('a probe by HTTP/1.0', () => {
  it('is answered by API and worker, with any authorization and without', async () => {
    const services = [await system.startApi(), await system.startWorker()]
    const authorizations = ['', 'Authorization: Bearer of-a-proxy\r\n', `Authorization: Basic ${btoa('a:b')}\r\n`]
    for (const { url, stop } of services) {
      const { hostname, port } = new URL(url)
      for (const path of ['/livez', '/readyz', '/up', '/health'])
        for (const authorization of authorizations) {
          const socket = connect(Number(port), hostname)
          socket.write(`GET ${path} HTTP/1.0\r\n${authorization}\r\n`)
          expect([path, authorization, (await text(socket)).split('\r\n')[0]]).toEqual([
            path,
            authorization,
            'HTTP/1.1 200 OK',
          ])
        }
      await stop()
    }
  })
})
