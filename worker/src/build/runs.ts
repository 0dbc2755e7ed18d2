import type { Statement } from '@recto/shared/database'
import type { Logger } from '@recto/shared/log'
import type { Notify } from '@recto/shared/notify'
import { queryAlone } from '@recto/shared/transaction'
import type pg from 'pg'
import { createCallProgress } from '../calls/call-progress.ts'
import { createCallRecorder } from '../calls/call-recorder.ts'
import { createFinishCall, type EndedCall } from '../calls/ended-call.ts'
import { createStartCall, type StartedCall } from '../calls/started-call.ts'
import { warnOfCappedCost } from '../calls/warn-of-capped-cost.ts'
import type { Clock } from '../clock.ts'
import { createConnectionChecks } from '../connection-check/run.ts'
import { createConnectionCheckStore } from '../connection-check/store.ts'
import { HINT_LINGER_MS, POLL_MS, RETRY_WRITE_MS, RUN_END_MS, TOUCH_MS } from '../deadlines.ts'
import { createCache } from '../generation/cache.ts'
import { createGenerate } from '../generation/generate.ts'
import type { Outcome, Waits } from '../generation/job-event.ts'
import type { PlanDeps } from '../generation/plan.ts'
import { createProcess } from '../generation/process.ts'
import { retryWrite } from '../generation/retry-write.ts'
import { createStore } from '../generation/store.ts'
import { createTake } from '../generation/take.ts'
import type { Live } from '../live/live.ts'
import type { CallResult } from '../llm/request.ts'
import type { Route } from '../llm/route.ts'
import type { Metrics } from '../metrics.ts'
import { createDispatcher } from '../queue/dispatcher.ts'
import type { Jobs } from '../queue/jobs.ts'
import type { Llm } from './llm.ts'

export type RunsDeps = {
  pool: pg.Pool
  jobs: Jobs
  llm: Pick<Llm, 'ask' | 'routing'>
  live: Pick<Live, 'open'>
  planning: PlanDeps
  /** Null for no cache. */
  cacheTtlSeconds: number | null
  slots: number
  /** Starts the next waiting generations of an account in the background. */
  promote(accountId: string): void
  wakeWebhooks(): void
  metrics: Pick<Metrics, 'callEnded'>
  onEnd(outcome: Outcome, durationMs: number, waits: Waits | null): void
  notifyStatus: Notify
  notifyJobs: Notify
  notifyConnectionChecks: Notify
  clock: Clock
  random(): number
  log: Logger
}

/** What runs for people: the dispatcher with its generations, and connection checks. */
export const buildRuns = (deps: RunsDeps) => {
  const { pool, jobs, llm, planning, notifyStatus, notifyJobs, clock, random, log } = deps
  const retried = { pool, retryWrite: <T>(write: () => Promise<T>) => retryWrite(write, RETRY_WRITE_MS) }
  const send = (statement: Statement) => queryAlone(pool, statement)
  const query = (statement: Statement) => retried.retryWrite(() => send(statement))
  // Each call repeats its own part: what keeps one of several waiting, or fails it, does not keep the others.
  const startCall = createStartCall(send)
  const finishCall = createFinishCall(send)
  const recording = {
    onCall: (route: Route, result: CallResult) => {
      deps.metrics.callEnded(route, result)
      warnOfCappedCost(log, route, result)
    },
    progress: createCallProgress(
      query,
      (error) => log.warn({ error }, 'recording of running calls failed'),
      HINT_LINGER_MS,
    ),
    start: (call: StartedCall) => retried.retryWrite(() => startCall(call)),
    finish: (call: EndedCall) => retried.retryWrite(() => finishCall(call)),
  }
  const take = createTake(send, (error) => log.warn({ error }, 'claimed generation could not be read'))
  const dispatcher = createDispatcher({
    slots: deps.slots,
    fetch: async (limit) => {
      const taken = await take(limit)
      for (const { run } of taken) if (run) notifyStatus(run.id)
      return taken
    },
    touch: jobs.touch,
    run: createProcess({
      store: createStore({
        ...retried,
        jobs,
        notifyStatus,
        notifyJobs,
        promote: deps.promote,
        wakeWebhooks: deps.wakeWebhooks,
      }),
      planning,
      cache: createCache({ ttlSeconds: deps.cacheTtlSeconds, query, clock }),
      generate: createGenerate({
        ...llm,
        live: deps.live,
        recorderOf: ({ id, attempt, accountId, endedCalls }, residency, onGone) =>
          createCallRecorder(
            recording,
            { purpose: 'generation', id, attempt, accountId, endedCalls },
            residency,
            onGone,
          ),
        random,
      }),
      random,
      log,
      onEnd: deps.onEnd,
    }),
    pollMs: POLL_MS,
    touchMs: TOUCH_MS,
    endMs: RUN_END_MS,
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
