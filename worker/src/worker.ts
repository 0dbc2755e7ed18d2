import type { Hint } from '@recto/shared/hint'
import type { Logger } from '@recto/shared/log'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { PERSIST_MS, POLL_MS, TOUCH_MS, TURN_MS } from './deadlines.ts'
import { createDispatcher } from './dispatcher.ts'
import { createJournal } from './generation/calls.ts'
import { persist } from './generation/persist.ts'
import { createProcess } from './generation/process.ts'
import { createStore } from './generation/store.ts'
import { createTurnstile } from './generation/turnstile.ts'
import { createJobs } from './jobs.ts'
import { createMetrics } from './metrics.ts'
import type { Ask } from './models/ask.ts'
import { runSweep } from './sweep/run.ts'
import { createSweep } from './sweep/store.ts'

export type WorkerDeps = {
  pool: pg.Pool
  boss: PgBoss
  ask: Ask
  slots: number
  hintStatus: Hint
  hintJobs: Hint
  random(): number
  log: Logger
}

/** Fewer than there are connections to the database, so that a commit finds one. */
const answersAtOnce = 3

/** Puts the worker together: a dispatcher that runs generations, and the sweep that finds what fell between processes. */
export const createWorker = ({ pool, boss, ask, slots, hintStatus, hintJobs, random, log }: WorkerDeps) => {
  const jobs = createJobs(boss, pool)
  const metrics = createMetrics({ running: () => dispatcher.running(), slots })
  const persisted = { pool, persist: <T>(write: () => Promise<T>) => persist(write, PERSIST_MS) }
  const turn = createTurnstile(answersAtOnce, TURN_MS)
  const store = createStore({ ...persisted, jobs, hintStatus, hintJobs })
  const dispatcher = createDispatcher({
    slots,
    fetch: jobs.fetch,
    touch: jobs.touch,
    run: createProcess({
      store,
      ask,
      journalOf: (run, onGone) => createJournal({ ...persisted, onCall: metrics.callEnded, turn }, run, onGone),
      random,
      log,
      onEnd: metrics.jobEnded,
    }),
    pollMs: POLL_MS,
    touchMs: TOUCH_MS,
    onError: (error) => log.warn({ error }, 'dispatcher failed'),
  })
  let sweep: ReturnType<typeof runSweep> | undefined

  return {
    metrics: metrics.registry,
    wake: dispatcher.wake,
    cancel: dispatcher.cancel,
    start: (): void => {
      dispatcher.start()
      sweep = runSweep({ sweep: createSweep({ pool, boss, jobs }), wake: dispatcher.wake, onFailed: hintStatus, log })
    },
    /** Fetches no more; what still runs when `deadline` fires is handed back to the queue. */
    stop: async (deadline: AbortSignal): Promise<void> => {
      await dispatcher.stop(deadline)
      await sweep?.stop()
    },
  }
}
