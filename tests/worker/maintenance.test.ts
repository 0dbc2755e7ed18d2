import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jobs, whenOver } from '../support/generations.ts'
import { lockRow } from '../support/lock-row.ts'
import type { TestPerson } from '../support/person.ts'
import { givePlan } from '../support/plan.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter
let worker: Service

/** Makes a generation wait although its account has a free place, as if its promotion had been lost. */
const leftWaiting = async (person: TestPerson): Promise<string> => {
  await givePlan(system, person.id, { concurrent: 1 })
  const [first = '', second = ''] = await submitter.submitAll(person, [{}, {}])
  await system.admin.query('delete from pgboss.job where id = $1', [first])
  await system.admin.query('delete from public.ai_generations where id = $1', [first])
  return second
}

const insertDirectly = async ({ client }: TestPerson): Promise<string> => {
  const { data, error } = await client.from('ai_generations').insert({ source_text: newText() }).select('id').single()
  expect(error).toBeNull()
  return data?.id ?? ''
}

/** The state at the start of the worker: an account whose lock is held, and an orphan that can get no job. */
let held: { account: string; id: string; otherId: string; release(): Promise<unknown> }
let orphan: { id: string; otherId: string }

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  const people = [await system.person(), await system.person()]
  // Maintenance goes through accounts in the order of their ids.
  const [blocked, other] = people.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  if (!blocked || !other) throw new Error('there are no two people')
  const ids = { account: blocked.id, id: await leftWaiting(blocked), otherId: await leftWaiting(other) }
  await system.admin.query(
    `insert into public.budget_alerts (account_id, month, threshold, budget_usd, spent_usd)
     values ($1, '2026-11-01', 80, 1, 0.8)`,
    [blocked.id],
  )
  const lock = await lockRow(system, 'select pg_advisory_xact_lock(hashtextextended($1::text, 429))', [blocked.id])
  held = { ...ids, release: () => lock.release() }

  // Recovery goes through generations in the order of their ids.
  const inserted = [await insertDirectly(await system.person()), await insertDirectly(await system.person())]
  const [id = '', otherId = ''] = inserted.toSorted()
  orphan = { id, otherId }
  await system.admin.query(`alter table pgboss.job add constraint no_job check (id <> '${orphan.id}') not valid`)
  await system.admin.query(`update recto.queue_health set measured_at = now() - interval '1 hour'`)
  worker = await system.startWorker()
})
afterAll(async () => {
  await held?.release().catch(() => undefined)
  await system?.stop()
})

/** Waits for the first line of the worker's log with this message. */
const logged = async (message: string): Promise<unknown> => {
  const lines = () =>
    worker
      .log()
      .split('\n')
      .filter((line) => line.includes(`"${message}"`))
  await until(() => lines().length > 0, { what: `the line ${message}`, timeoutMs: 20_000 })
  return JSON.parse(lines()[0] ?? '')
}

test('an account whose lock is held delays no promotion of other accounts and no alert', async () => {
  expect(await whenOver(system, held.otherId)).toMatchObject({ status: 'succeeded' })
  const enqueued = `select from public.budget_alerts where account_id = $1 and enqueued_at is not null`
  await until(async () => (await system.admin.query(enqueued, [held.account])).rowCount === 1, {
    what: 'the alert',
    timeoutMs: 30_000,
  })
  const waiting = 'select from public.ai_generations where id = $1 and waiting'
  expect((await system.admin.query(waiting, [held.id])).rowCount).toBe(1)
  expect(await logged('promotion failed')).toMatchObject({ account_id: held.account, error: { code: '55P03' } })
  await held.release()
  expect(await whenOver(system, held.id)).toMatchObject({ status: 'succeeded' })
})

test('a direct insert that can get no job delays no other one, and gets a job once it can', async () => {
  expect(await whenOver(system, orphan.otherId)).toMatchObject({ status: 'succeeded' })
  expect(await jobs(system, orphan.id)).toEqual([])
  expect(await logged('requeueing failed')).toMatchObject({ generation_id: orphan.id, error: { code: '23514' } })
  await system.admin.query('alter table pgboss.job drop constraint no_job')
  expect(await whenOver(system, orphan.id)).toMatchObject({ status: 'succeeded' })
})

test('recovery measures the queue from time to time although nothing changes', async () => {
  const fresh = `select from recto.queue_health where measured_at > now() - interval '1 minute'`
  await until(async () => (await system.admin.query(fresh)).rowCount === 1, {
    what: 'the measurement',
    timeoutMs: 30_000,
  })
})
