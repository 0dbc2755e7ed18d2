import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { jobs, whenOver } from '../support/generations.ts'
import { hold } from '../support/hold.ts'
import type { TestPerson } from '../support/person.ts'
import { givePlan } from '../support/plan.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
})
afterAll(async () => {
  await submitter?.stop()
  await system?.stop()
})

const startWorker = async () => {
  const worker = await system.startWorker()
  onTestFinished(() => worker.stop())
  return worker
}

/** A generation that waits although its account has a place again: whoever was to promote it died. */
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

test('an account whose lock is held holds up neither another one’s turn nor an alert', async () => {
  const people = [await system.person(), await system.person()]
  // The sweep goes through accounts in the order of their ids.
  const [blocked, other] = people.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  if (!blocked || !other) throw new Error('there are no two people')
  const ids = [await leftWaiting(blocked), await leftWaiting(other)]
  const [blockedId = '', otherId = ''] = ids
  await system.admin.query(
    `insert into public.budget_alerts (account_id, month, threshold, budget_usd, spent_usd)
     values ($1, '2026-11-01', 80, 1, 0.8)`,
    [blocked.id],
  )
  const lock = await hold(system, 'select pg_advisory_xact_lock(hashtextextended($1::text, 429))', [blocked.id])
  onTestFinished(() => lock.release().catch(() => undefined))
  const worker = await startWorker()

  expect(await whenOver(system, otherId)).toMatchObject({ status: 'succeeded' })
  const told = `select from public.budget_alerts where account_id = $1 and enqueued_at is not null`
  await until(async () => (await system.admin.query(told, [blocked.id])).rowCount === 1, {
    what: 'the alert',
    timeoutMs: 1_000,
  })
  const waiting = 'select from public.ai_generations where id = $1 and waiting'
  expect((await system.admin.query(waiting, [blockedId])).rowCount).toBe(1)
  const refused = () =>
    worker
      .log()
      .split('\n')
      .filter((line) => line.includes('"nobody promoted"'))
  await until(() => refused().length > 0, { what: 'the line of the log', timeoutMs: 10_000 })
  expect(JSON.parse(refused()[0] ?? '')).toMatchObject({ account_id: blocked.id, error: { code: '55P03' } })

  await lock.release()
  expect(await whenOver(system, blockedId)).toMatchObject({ status: 'succeeded' })
}, 90_000)

test('a direct insert that gets no job holds up no other, and gets one once that is possible', async () => {
  const id = await insertDirectly(await system.person())
  const otherId = await insertDirectly(await system.person())
  await system.admin.query(`alter table pgboss.job add constraint no_job check (id <> '${id}') not valid`)
  const worker = await startWorker()

  expect(await whenOver(system, otherId)).toMatchObject({ status: 'succeeded' })
  expect(await jobs(system, id)).toEqual([])
  const refused = () =>
    worker
      .log()
      .split('\n')
      .filter((line) => line.includes('"no job for a generation"'))
  await until(() => refused().length > 0, { what: 'the line of the log', timeoutMs: 10_000 })
  expect(JSON.parse(refused()[0] ?? '')).toMatchObject({ generation_id: id, error: { code: '23514' } })

  await system.admin.query('alter table pgboss.job drop constraint no_job')
  expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded' })
})

test('an idle worker takes the pulse now and then, although nothing changes', async () => {
  await startWorker()
  await system.admin.query(`update recto.pulse set measured_at = now() - interval '1 minute'`)
  const fresh = `select run_seconds from recto.pulse where measured_at > now() - interval '10 seconds'`
  await until(async () => (await system.admin.query(fresh)).rowCount === 1, { what: 'the pulse', timeoutMs: 15_000 })
})
