import { bossOn } from '@recto/shared/boss-on'
import { createPool, type Statement } from '@recto/shared/database'
import { queueSchema } from '@recto/shared/queue'
import { PgBoss } from 'pg-boss'
import type { CallRecorderDeps } from '../../worker/src/calls/call-recorder.ts'
import { createFinishCall } from '../../worker/src/calls/ended-call.ts'
import { createStartCall } from '../../worker/src/calls/started-call.ts'
import { createStore, type StoreDeps } from '../../worker/src/generation/store.ts'
import { createTake } from '../../worker/src/generation/take.ts'
import { createJobs } from '../../worker/src/queue/jobs.ts'
import { startInSteps } from './start-in-steps.ts'
import { createSubmitter } from './submitter.ts'
import { startSystem } from './system.ts'

/** The parts of a worker that write to the database, on a system without a worker: a test decides when each of them acts. */
export const startWorkerParts = () =>
  startInSteps(async (onStop) => {
    const system = await startSystem()
    onStop(system.stop)
    const submitter = await createSubmitter(system)
    const options = { url: system.supabase.workerDatabaseUrl, name: 'recto_worker', max: 4, connectMs: 5_000 }
    const pool = createPool(options, () => undefined)
    onStop(() => pool.end())
    const boss = new PgBoss({
      db: bossOn(pool),
      schema: queueSchema,
      migrate: false,
      supervise: false,
      schedule: false,
    })
    onStop(() => boss.stop({ graceful: false }))
    await boss.start()
    const send = (statement: Statement) => pool.query(statement)
    const recording: CallRecorderDeps = {
      start: createStartCall(send),
      finish: createFinishCall(send),
      onCall: () => undefined,
      progress: () => undefined,
    }
    const jobs = createJobs(boss, pool)
    const storeWith = (retryWrite: StoreDeps['retryWrite']) =>
      createStore({
        pool,
        jobs,
        notifyStatus: () => undefined,
        notifyJobs: () => undefined,
        promote: () => undefined,
        wakeWebhooks: () => undefined,
        retryWrite,
      })
    const store = storeWith((write) => write())
    const take = createTake(send, (error) => {
      throw error
    })
    return { system, submitter, jobs, store, storeWith, recording, take }
  })

export type WorkerParts = Awaited<ReturnType<typeof startWorkerParts>>
