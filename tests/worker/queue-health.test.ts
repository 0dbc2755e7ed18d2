import { bandOfPriority } from '@recto/shared/queue'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRecovery } from '../../worker/src/maintenance/recovery.ts'
import { createJobs } from '../../worker/src/queue/jobs.ts'
import { givePlan } from '../support/plan.ts'
import { processPool, startBoss } from '../support/process-pool.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let submitter: Submitter
let pool: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  pool = processPool(system, 'worker', 2)
})
afterAll(() => system?.stop())

test('recovery measures since when the oldest job of each band waits, and clears a band without jobs', async () => {
  const boss = await startBoss(pool, system)
  const recovery = createRecovery({ pool, boss, jobs: createJobs(boss, pool) })
  const measure = async (runSeconds: number | null) => {
    await recovery.recoverGenerations(10_000, runSeconds)
    const { rows } = await system.admin.query(
      `select h.band, h.depth, h.run_seconds::float8 as run_seconds, h.waiting_since = (
          select min(greatest(created_on, start_after)) from pgboss.job j
          where j.state = 'created' and ${bandOfPriority} = h.band
        ) as is_oldest from recto.queue_health h order by h.band`,
    )
    return rows
  }
  const [free, pro] = [await system.person(), await system.person()]
  await givePlan(system, pro.id, { priority: 20 })
  await submitter.submitAll(free, [{}, {}, {}])
  await submitter.submitAll(pro, [{}, {}])
  expect(await measure(7)).toEqual([
    { band: 0, depth: 3, run_seconds: 7, is_oldest: true },
    { band: 20, depth: 2, run_seconds: 10, is_oldest: true },
  ])
  await system.admin.query(`delete from pgboss.job where ${bandOfPriority} = 20`)
  expect(await measure(8)).toEqual([
    { band: 0, depth: 3, run_seconds: 7, is_oldest: true },
    { band: 20, depth: 0, run_seconds: 8, is_oldest: null },
  ])
})

test.each([
  [0, 0],
  [-1, 0],
  [-1_000_000, 0],
  [200_000_000, 20],
  [199_999_999, 20],
  [199_000_000, 20],
  [1_000_000_000, 100],
  [2_000_000_000, 100],
])('a job with the priority %i is in the band %i', async (priority, band) => {
  const { rows } = await system.admin.query(
    `select ${bandOfPriority} as band from (select $1::integer as priority) job`,
    [priority],
  )
  expect(rows).toEqual([{ band }])
})
