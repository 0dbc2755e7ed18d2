import { setTimeout as delay } from 'node:timers/promises'
import { bossOn } from '@recto/shared/boss-on'
import { createPool } from '@recto/shared/database'
import { queueSchema } from '@recto/shared/queue'
import type pg from 'pg'
import { PgBoss } from 'pg-boss'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Run } from '../../worker/src/generation/run.ts'
import { createStore, type Store } from '../../worker/src/generation/store.ts'
import { createTake } from '../../worker/src/generation/take.ts'
import { createJobs, type Job } from '../../worker/src/queue/jobs.ts'
import { generation, jobs as jobsOf } from '../support/generations.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let submitter: Submitter
let pool: pg.Pool
let boss: PgBoss
let jobs: ReturnType<typeof createJobs>
let take: ReturnType<typeof createTake>
beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  const options = { url: system.supabase.workerDatabaseUrl, name: 'recto_worker', max: 2, connectMs: 5_000 }
  pool = createPool(options, () => undefined)
  boss = new PgBoss({ db: bossOn(pool), schema: queueSchema, migrate: false, supervise: false, schedule: false })
  await boss.start()
  jobs = createJobs(boss, pool)
  take = createTake((statement) => pool.query(statement), fail)
})
afterAll(async () => {
  await boss?.stop({ graceful: false })
  await pool?.end()
  await submitter?.stop()
  await system?.stop()
})

const fail = (error: unknown) => {
  throw error
}

/** The store of a worker. `lost` acknowledgements make it send a write again that was committed. */
const storeOf = (lost = 0): Store => {
  let left = lost
  return createStore({
    pool,
    jobs,
    notifyStatus: () => undefined,
    notifyJobs: () => undefined,
    promote: () => undefined,
    retryWrite: async (write) => {
      const result = await write()
      return left-- > 0 ? afterAnotherDelivery(write) : result
    },
  })
}

let other: Job | undefined

/** Sends the write again once another worker has fetched and claimed the job. */
const afterAnotherDelivery = async <T>(write: () => Promise<T>): Promise<T> => {
  // A delivery is told from another one by its time in milliseconds.
  await delay(5)
  ;[other] = await take(1)
  if (!other || !(await storeOf().claim(other))) throw new Error('nothing was delivered')
  return write()
}

test.each<[string, (store: Store, run: Run, job: Job) => Promise<boolean>]>([
  ['release', (store, run, job) => store.release(run, job)],
  ['defer', (store, run, job) => store.defer(run, job, { reason: 'routes_resting', delaySeconds: 0 })],
])(
  'a %s that is sent again after a lost acknowledgement leaves the delivery of another worker alone',
  async (_name, handBack) => {
    const id = await submitter.submit(await system.person())
    const [job] = await take(1)
    const run = job && (await storeOf().claim(job))
    if (!run) throw new Error('nothing was claimed')
    expect(await handBack(storeOf(1), run, job)).toBe(false)
    expect(other).toMatchObject({ id, retryCount: 0 })
    expect(await jobsOf(system, id)).toMatchObject([{ state: 'active' }])
    expect(await generation(system, id)).toMatchObject({ status: 'running', attempts: 2 })
    expect(await jobs.touch(other ? [other] : [])).toEqual(new Set([other]))
    await storeOf().fail(
      { ...run, attempt: 2 },
      other ?? job,
      {
        code: 'timeout',
        message: '',
        retryable: true,
        attempts: 2,
        provider: null,
        http_status: null,
        provider_request_id: null,
        response_excerpt: null,
        timing: {},
      },
      {},
    )
    expect(await jobsOf(system, id)).toEqual([])
  },
)
