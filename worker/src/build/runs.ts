import type { Statement } from '@recto/shared/database'
import type { Logger } from '@recto/shared/log'
import type { Notify } from '@recto/shared/notify'
import { createSemaphore } from '@recto/shared/semaphore'
import type pg from 'pg'
import { createCallProgress } from '../calls/call-progress.ts'
import { createCallRecorder } from '../calls/call-recorder.ts'
import type { Clock } from '../clock.ts'
import { createConnectionChecks } from '../connection-check/run.ts'
import { createConnectionCheckStore } from '../connection-check/store.ts'
import { POLL_MS, RETRY_WRITE_MS, SEMAPHORE_HOLD_MS, TOUCH_MS } from '../deadlines.ts'
import { createCache } from '../generation/cache.ts'
import { createGenerate } from '../generation/generate.ts'
import type { Outcome } from '../generation/job-event.ts'
import type { PlanDeps } from '../generation/plan.ts'
import { createProcess } from '../generation/process.ts'
import { retryWrite } from '../generation/retry-write.ts'
import { createStore } from '../generation/store.ts'
import type { Metrics } from '../metrics.ts'
import { createDispatcher } from '../queue/dispatcher.ts'
import type { Jobs } from '../queue/jobs.ts'
import type { Llm } from './llm.ts'

export type RunsDeps = {
  pool: pg.Pool
  jobs: Jobs
  llm: Pick<Llm, 'ask' | 'routing'>
  planning: PlanDeps
  /** Null for no cache. */
  cacheTtlSeconds: number | null
  slots: number
  /** Starts the next waiting generations of an account in the background. */
  promote(accountId: string): void
  metrics: Pick<Metrics, 'callEnded'>
  onEnd(outcome: Outcome, durationMs: number, waitMs: number | null): void
  notifyStatus: Notify
  notifyJobs: Notify
  notifyConnectionChecks: Notify
  clock: Clock
  random(): number
  log: Logger
}

/**
 * Answers that are recorded at the same time: fewer than there are database connections, so that a commit finds one.
 */
const recordedAtOnce = 3

/** What runs for people: the dispatcher with its generations, and connection checks. */
export const buildRuns = (deps: RunsDeps) => {
  const { pool, jobs, llm, planning, notifyStatus, notifyJobs, clock, random, log } = deps
  const retried = { pool, retryWrite: <T>(write: () => Promise<T>) => retryWrite(write, RETRY_WRITE_MS) }
  const query = (statement: Statement) => retried.retryWrite(() => pool.query(statement))
  const recording = {
    ...retried,
    onCall: deps.metrics.callEnded,
    progress: createCallProgress(query, (error) => log.warn({ error }, 'recording of running calls failed')),
    semaphore: createSemaphore({ places: recordedAtOnce, holdMs: SEMAPHORE_HOLD_MS }),
  }
  const dispatcher = createDispatcher({
    slots: deps.slots,
    fetch: jobs.fetch,
    touch: jobs.touch,
    run: createProcess({
      store: createStore({ ...retried, jobs, notifyStatus, notifyJobs, promote: deps.promote }),
      planning,
      cache: createCache({ ttlSeconds: deps.cacheTtlSeconds, query, clock }),
      generate: createGenerate({
        ...llm,
        recorderOf: ({ id, attempt, accountId }, residency, onGone) =>
          createCallRecorder(recording, { purpose: 'generation', id, attempt, accountId }, residency, onGone),
        random,
      }),
      random,
      log,
      onEnd: deps.onEnd,
    }),
    pollMs: POLL_MS,
    touchMs: TOUCH_MS,
    onError: (error) => log.warn({ error }, 'dispatcher failed'),
  })
  const checks = createConnectionChecks({
    ...llm,
    store: createConnectionCheckStore(retried),
    catalog: planning.catalog,
    residency: planning.residency,
    scrub: planning.scrub,
    recorderOf: ({ userId, accountId }, residency) =>
      createCallRecorder(recording, { purpose: 'connection_check', userId, accountId }, residency, () => undefined),
    notifyStatus,
    notifyConnectionChecks: deps.notifyConnectionChecks,
    log,
  })
  return { dispatcher, checks }
}
