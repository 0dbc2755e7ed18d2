import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Service, type System, startSystem } from '../support/system.ts'
import { ask, callsOf, checksOf, global } from './connection-checks.ts'

let system: System
let eu: ModelServer
let api: Service
let worker: Service
const withEu = () => ({ SCW_SECRET_KEY: 'eu-key', SCALEWAY_BASE_URL: eu.url })

beforeAll(async () => {
  system = await startSystem()
  eu = await startModelServer({ name: 'eu', report_cost: false })
  api = await system.startApi()
  worker = await system.startWorker(withEu())
})
afterAll(async () => {
  await eu?.stop()
  await system?.stop()
})
beforeEach(() => {
  for (const server of [system.model, eu]) {
    server.setScript([{ content: 'The sky is blue.' }])
    server.clearRequests()
  }
})

describe('a connection check, between API and workers', () => {
  test('is run by one of several workers', async () => {
    const other = await system.startWorker(withEu())
    const people = await Promise.all(Array.from({ length: 3 }, () => system.person(api)))
    const answers = await Promise.all(people.flatMap((person) => [1, 2, 3, 4].map(() => ask(person, global))))
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200))
    expect(system.model.requests.length).toBe(12)
    await other.stop()
  })

  test('is found by a worker that lost its listening connection', async () => {
    await system.admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'recto_worker_listen'`,
    )
    expect(await ask(await system.person(api), global)).toMatchObject({ status: 200 })
  })

  test('is not disturbed by invalid notifications', async () => {
    await system.admin.query(
      `select pg_notify('recto_connection_checks', 'nonsense,,00000000-0000-0000-0000-000000000000')`,
    )
    expect(await ask(await system.person(api), global)).toMatchObject({ status: 200 })
    expect(worker.alive()).toBe(true)
  })

  test('that a stopping worker aborts is run by the next worker, and both calls are recorded', async () => {
    system.model.setScript([{ hang: 'headers', times: 1 }, { content: 'The sky is blue.' }])
    const person = await system.person(api)
    const answer = ask(person, global)
    await until(() => system.model.requests.length === 1, { what: 'the request', timeoutMs: 30_000 })
    await worker.stop()
    expect(await checksOf(system, person)).toMatchObject([{ status: 'pending' }])
    worker = await system.startWorker(withEu())
    expect((await answer).status).toBe(200)
    const calls = await callsOf(system, person)
    expect(calls).toMatchObject([
      { outcome: 'aborted', finished: true },
      { outcome: 'ok', finished: true },
    ])
    await until(() => worker.log().includes('connection check ended'), { what: 'the log line', timeoutMs: 30_000 })
    expect(worker.log()).not.toMatch(/blue|eu-key/)
  })
})
