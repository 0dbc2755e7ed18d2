import type pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { givePlan } from '../support/plan.ts'
import { type System, startSystem } from '../support/system.ts'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'

let system: System
let worker: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  worker = system.workerPool(1)
})
afterAll(() => system?.stop())

const insert = (personId: string, accountId: string, count: number): Promise<string[]> =>
  asPerson(
    system.supabase.adminUrl,
    personId,
    async (client) => {
      const ids = []
      for (let n = 0; n < count; n++) {
        const text = 'insert into public.ai_generations (source_text, account_id) values ($1, $2) returning id'
        ids.push((await client.query<{ id: string }>(text, [newText(), accountId])).rows[0]?.id ?? '')
      }
      return ids
    },
    { commit: true },
  )
const finish = (ids: (string | undefined)[]) =>
  system.admin.query(
    `update public.ai_generations set status = 'cancelled', finished_at = now(), started_at = coalesce(started_at, created_at)
     where id = any ($1)`,
    [ids],
  )
const promote = async (account: string) =>
  (await worker.query('select * from recto.promote_waiting($1)', [account])).rows

it('promotion ranks a generation by the number that its person has in flight in all accounts', async () => {
  const [ana, ben] = [await system.person(), await system.person()]
  const team = await createTeam(system, ana.id, [[ben.id, 'member']])
  for (const account of [ana.id, team]) await givePlan(system, account, { concurrent: 1 })
  await insert(ana.id, ana.id, 1)
  const [first] = await insert(ben.id, team, 1)
  const [own] = await insert(ana.id, team, 1)
  await finish([first])
  expect(await promote(team)).toEqual([{ id: own, in_flight: 1, priority: 0 }])
  const [others] = await insert(ben.id, team, 1)
  await finish([own])
  expect(await promote(team)).toEqual([{ id: others, in_flight: 0, priority: 0 }])
})

it('promotion does not read the whole history of a team', async () => {
  const owner = await system.person()
  const members = await Promise.all(Array.from({ length: 5 }, () => system.person()))
  const team = await createTeam(
    system,
    owner.id,
    members.map(({ id }) => [id, 'member']),
  )
  await givePlan(system, team, { concurrent: 1 })
  const client = await system.admin.connect()
  try {
    await client.query("set session_replication_role = 'replica'")
    await client.query(
      `insert into public.ai_generations (user_id, account_id, source_text, status, created_at, started_at, finished_at)
       select $1, $2, $3, 'succeeded', now() - make_interval(mins => n), now(), now() from generate_series(1, 20000) n`,
      [owner.id, team, newText({ length: 1000 })],
    )
  } finally {
    client.release(true)
  }
  await system.admin.query('analyze public.ai_generations')
  const [first] = await insert(owner.id, team, 1)
  for (const { id } of members) await insert(id, team, 1)
  await finish([first])
  const read = async () => {
    const { rows } = await system.admin.query<{ read: string }>(
      `select pg_stat_force_next_flush(), pg_stat_clear_snapshot(), idx_tup_fetch + seq_tup_read as read
       from pg_stat_user_tables where relid = 'public.ai_generations'::regclass`,
    )
    return Number(rows[0]?.read)
  }
  await read()
  const before = await read()
  // A generic plan is what a prepared statement gets after some executions.
  await worker.query('set plan_cache_mode = force_generic_plan')
  await worker.query('begin')
  expect(await promote(team)).toHaveLength(1)
  await worker.query('commit')
  await worker.query('select pg_stat_force_next_flush()')
  await read()
  expect((await read()) - before).toBeLessThan(500)
})
