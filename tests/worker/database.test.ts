import { until } from '@recto/local/until'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { calls, costOf, jobs, suggestions, whenOver, whenStatus } from '../support/generations.ts'
import { lockRow } from '../support/lock-row.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter
let worker: Service

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  worker = await system.startWorker()
})
beforeEach(() => {
  system.model.clearRequests()
  system.model.setScript([{ match: { text: 'slow' }, latency_ms: 3_000 }])
})
afterAll(() => system?.stop())

const submitQuick = async () => submitter.submit(await system.person())

type Health = { status: string; services: Record<string, string> }

const health = async (): Promise<Health> => {
  const answer = await fetch(`${worker.url}/health`)
  return (await answer.json()) as Health
}

const whenHealthy = () =>
  until(async () => (await health()).status === 'healthy', { what: 'a healthy worker', timeoutMs: 30_000 })

/** Expects that notifications start jobs. With polling alone, half of them would wait for more than half a second. */
const expectFastPickUp = async () => {
  await whenHealthy()
  const waits: number[] = []
  for (let n = 0; n < 5; n++) {
    const { started_at, created_at } = await whenOver(system, await submitQuick())
    waits.push(Number(started_at) - Number(created_at))
  }
  expect(waits.sort((a, b) => a - b)[2]).toBeLessThan(250)
}

const outages: Record<string, () => Promise<void>> = {
  'is restarted': () => system.supabase.restartPostgres(),
  'crashes and stays away for a while': async () => {
    await system.supabase.killPostgres()
    const askedAt = performance.now()
    expect((await fetch(`${worker.url}/readyz`)).status).toBe(503)
    // A check may take a second. Opening a connection may take five.
    expect(performance.now() - askedAt).toBeLessThan(4_000)
    expect(await health()).toEqual({ status: 'unhealthy', services: { db: 'down', queue: 'down', providers: 'ok' } })
    await system.supabase.restartPostgres()
  },
  'loses every connection of the worker': async () => {
    await system.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'recto_worker'`)
  },
}

describe('when Postgres', () => {
  test.for(Object.entries(outages))('%s, the worker keeps paid answers and continues by itself', async ([, outage]) => {
    const people = await Promise.all(Array.from({ length: 12 }, () => system.person()))
    const slow = people.map((person) => submitter.submit(person, { source_text: newText({ marker: 'slow' }) }))
    const ids = await Promise.all(slow)
    const [first = ''] = ids
    await Promise.all(ids.map((id) => whenStatus(system, id, ['running'])))
    // One generation is in the middle of its transaction, so that a connection in use breaks too.
    const lock = await lockRow(system, 'select from pgboss.job where id = $1 for update', [first])
    await lock.awaited('finish_runs')
    await outage()
    await lock.release()

    for (const id of ids) {
      expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded', attempts: 1 })
      expect((await calls(system, id)).map(({ outcome }) => outcome)).toEqual(['ok'])
      expect(await suggestions(system, id)).toHaveLength(10)
      expect((await whenOver(system, id)).cost_usd).toBe(await costOf(system, id))
      expect(await jobs(system, id)).toEqual([])
    }
    expect(system.model.requests).toHaveLength(ids.length)
    expect(worker.alive()).toBe(true)
    await expectFastPickUp()
  })

  test('ends the listening connection, the worker soon gets notifications again', async () => {
    await whenHealthy()
    const { rowCount } = await system.admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'recto_worker_listen'`,
    )
    expect(rowCount).toBe(1)
    // Without notifications the worker still polls.
    expect(await whenOver(system, await submitQuick())).toMatchObject({ status: 'succeeded' })
    await expectFastPickUp()
  })
})
