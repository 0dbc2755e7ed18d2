import type { Statement } from '@recto/shared/database'
import type { CallRecorderDeps } from '../../worker/src/calls/call-recorder.ts'
import { createFinishCall } from '../../worker/src/calls/ended-call.ts'
import { createStartCall } from '../../worker/src/calls/started-call.ts'
import { createStore, type StoreDeps } from '../../worker/src/generation/store.ts'
import { createTake } from '../../worker/src/generation/take.ts'
import { createJobs } from '../../worker/src/queue/jobs.ts'
import { processPool, startBoss } from './process-pool.ts'
import { startInSteps } from './start-in-steps.ts'
import { createSubmitter } from './submitter.ts'
import { startSystem } from './system.ts'

/** The parts of a worker that write to the database, on a system without a worker: a test decides when each of them acts. */
export const startWorkerParts = () =>
  startInSteps(async (onStop) => {
    const system = await startSystem()
    onStop(system.stop)
    const submitter = await createSubmitter(system)
    const pool = processPool(system, 'worker', 4)
    const boss = await startBoss(pool, system)
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
