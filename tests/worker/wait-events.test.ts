import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEvents } from '../support/event-reader.ts'
import { whenStatus } from '../support/generations.ts'
import type { TestPerson } from '../support/person.ts'
import { givePlan } from '../support/plan.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter
let api: Service

beforeAll(async () => {
  system = await startSystem()
  system.model.setScript([{ hang: 'headers' }])
  submitter = await createSubmitter(system)
  api = await system.startApi()
  // One slot, so that what has stopped waiting is not started at once.
  await system.startWorker({ WORKER_SLOTS: '1' })
})
afterAll(() => system?.stop())

const submit = (person: TestPerson) => submitter.submit(person, { source_text: newText({ length: 1000 }) })
const stop = (person: TestPerson, id: string) => person.api(`/api/ai/generations/${id}/cancel`, { method: 'POST' })
/** Follows a generation: `told` has the status and the wait of each event, without the moments. */
const follow = async (person: TestPerson, id: string) => {
  const reader = await openEvents(api, person, id)
  const told = () =>
    reader.events.map(({ event, data }) => {
      const { waiting } = data.ai_metadata as { waiting?: { reason: string; place?: number } }
      return [event, data.status, ...(waiting ? [waiting.reason, waiting.place] : [])].join(' ').trim()
    })
  return { ...reader, told }
}

test('the stream of a generation that waited for a place tells at once when it has one', async () => {
  const [person, other] = [await system.person(api), await system.person(api)]
  await givePlan(system, person.id, { concurrent: 1 })
  const running = await submit(person)
  await whenStatus(system, running, ['running'])
  const id = await submit(person)
  const ahead = await submit(other)
  const reader = await follow(person, id)
  await reader.come('status')
  await stop(person, running)
  await reader.come('status', 2)
  expect(reader.told()).toEqual(['status pending concurrency 1', 'status pending'])
  expect(reader.events[1]?.id).toBe('0.0')
  await whenStatus(system, ahead, ['running'])
  await stop(person, id)
  await stop(other, ahead)
  await reader.over()
})

test('the stream of a generation that waited for the budget tells when it is raised', async () => {
  const [person, other] = [await system.person(api), await system.person(api)]
  const plan = await givePlan(system, person.id, { monthly_budget_usd: '0.5', over_budget: 'wait' })
  const ahead = await submit(other)
  await whenStatus(system, ahead, ['running'])
  const id = await submit(person)
  // As a worker defers it, which has to wait for its slot here.
  await system.admin.query(
    `update public.ai_generations set ai_metadata = recto.waiting_metadata('budget', null, 1000000) where id = $1`,
    [id],
  )
  await system.admin.query(`update pgboss.job set start_after = now() + interval '20 days' where id = $1`, [id])
  await system.admin.query(
    `insert into recto.budget_blocks values ($1, recto.month_of(now()), 'balanced', 0.5, 0.6, 1000)`,
    [person.id],
  )
  const reader = await follow(person, id)
  await reader.come('status')
  await system.admin.query('update public.plans set monthly_budget_usd = 1 where name = $1', [plan])
  await reader.come('status', 2)
  expect(reader.told()).toEqual(['status pending budget', 'status pending'])
  await stop(other, ahead)
  await whenStatus(system, id, ['running'])
  await stop(person, id)
  await reader.over()
})

test('a raised budget lets hundreds of deferred generations run, and locks a few of them at a time', async () => {
  const [person, other] = [await system.person(api), await system.person(api)]
  const plan = await givePlan(system, person.id, { monthly_budget_usd: '0.5', over_budget: 'wait' })
  const ahead = await submit(other)
  await whenStatus(system, ahead, ['running'])
  const ids = await submitter.submitAll(person, Array(450).fill({ source_text: newText({ length: 1000 }) }))
  await system.admin.query(
    `update public.ai_generations set ai_metadata = recto.waiting_metadata('budget', null, 1000000) where id = any ($1)`,
    [ids],
  )
  await system.admin.query(`update pgboss.job set start_after = now() + interval '20 days' where id = any ($1)`, [ids])
  await system.admin.query('select extensions.pg_stat_statements_reset()')
  await system.admin.query(
    `insert into recto.budget_blocks values ($1, recto.month_of(now()), 'balanced', 0.5, 0.6, 1000)`,
    [person.id],
  )
  await system.admin.query('update public.plans set monthly_budget_usd = 1 where name = $1', [plan])
  const waits = async () => {
    const waiting = `select count(*)::int as n from public.ai_generations where id = any ($1) and ai_metadata ? 'waiting'`
    return (await system.admin.query<{ n: number }>(waiting, [ids])).rows[0]?.n
  }
  await expect.poll(waits).toBe(0)
  const updates = `select calls::int, rows::int from extensions.pg_stat_statements
    where query like 'update public.ai_generations g set ai_metadata = g.ai_metadata - %'`
  expect((await system.admin.query(updates)).rows).toEqual([{ calls: 3, rows: 450 }])
  const deferred = 'select from pgboss.job where id = any ($1) and start_after > now()'
  expect((await system.admin.query(deferred, [ids])).rowCount).toBe(0)
})
