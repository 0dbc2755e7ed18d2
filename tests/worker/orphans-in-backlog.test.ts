import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRecovery } from '../../worker/src/maintenance/recovery.ts'
import { createJobs } from '../../worker/src/queue/jobs.ts'
import { jobs as jobsOf } from '../support/generations.ts'
import { processPool, startBoss } from '../support/process-pool.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let pool: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  pool = processPool(system, 'worker', 2)
})
afterAll(() => system?.stop())

/** Inserts live generations with jobs, and one without a job at the beginning, in the middle and at the end of the ids. */
const createBacklog = async (count: number): Promise<string[]> => {
  const { id: person } = await system.person()
  const orphans = ['0', '7', 'f'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000001`)
  const client = await system.admin.connect()
  try {
    await client.query("begin; set local session_replication_role = 'replica'")
    const insert = `insert into public.ai_generations (id, user_id, account_id, source_text, updated_at)
      select id, $1, $1, repeat('The harbour. ', 80), now() - interval '1 hour' from`
    await client.query({
      text: `with live as (${insert} (select gen_random_uuid() as id from generate_series(1, $2)) made returning id)
        insert into pgboss.job (id, name, data, retry_limit) select id, 'generation', '{}', 3 from live`,
      values: [person, count],
    })
    await client.query(`${insert} unnest($2::uuid[]) as orphan (id)`, [person, orphans])
    await client.query('commit; analyze public.ai_generations; analyze pgboss.job')
  } finally {
    client.release(true)
  }
  return orphans
}

test('recovery finds the generations without a job in a large backlog, a part of it in each pass', async () => {
  const boss = await startBoss(pool, system)
  const recovery = createRecovery({ pool, boss, jobs: createJobs(boss, pool) })
  const orphans = await createBacklog(12_000)
  const requeued = async () => (await recovery.recoverGenerations(10_000, null)).requeued
  expect([await requeued(), await requeued(), await requeued()]).toEqual([1, 1, 1])
  for (const id of orphans) expect(await jobsOf(system, id)).toMatchObject([{ state: 'created' }])
  // The fourth pass begins anew.
  await system.admin.query('delete from pgboss.job where id = $1', [orphans[0]])
  await system.admin.query(`update public.ai_generations set finished_at = null where id = $1`, [orphans[0]])
  expect(await recovery.recoverGenerations(0, null)).toMatchObject({ requeued: 1 })
})
