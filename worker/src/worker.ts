import { createIdleCollection, garbageCollection } from '@recto/shared/idle-collection'
import type { Logger } from '@recto/shared/log'
import type { Notify } from '@recto/shared/notify'
import type { AllowList } from '@recto/shared/webhooks/allow-list'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { buildLlm, type LlmDeps } from './build/llm.ts'
import { buildMaintenance, type MaintenanceDeps } from './build/maintenance.ts'
import { buildRuns, type RunsDeps } from './build/runs.ts'
import { buildWebhooks } from './build/webhooks.ts'
import type { Clock } from './clock.ts'
import { IDLE_COLLECTION_MS } from './deadlines.ts'
import { createPromote } from './generation/promote.ts'
import { createLive, type LiveDeps } from './live/live.ts'
import { createMovingAverages } from './llm/health/moving-average.ts'
import { createMetrics } from './metrics.ts'
import { drain } from './queue/drain.ts'
import { isAnythingDue } from './queue/due.ts'
import { createJobs } from './queue/jobs.ts'

export type WorkerDeps = Pick<LlmDeps, 'clients' | 'keys' | 'policy' | 'timeouts' | 'hedgeMs' | 'notifyRoutes'> &
  Pick<RunsDeps, 'planning' | 'cacheTtlSeconds' | 'slots' | 'notifyConnectionChecks'> &
  Pick<MaintenanceDeps, 'webhook' | 'offerNames'> & {
    pool: pg.Pool
    boss: PgBoss
    /** Where webhooks of accounts may be besides public addresses. */
    webhookAllow: AllowList
    notifyStatus: Notify
    notifyJobs: Notify
    /** Sends what a model wrote by now, in one statement. */
    notifyLive: LiveDeps['notify']
    clock: Clock
    random(): number
    log: Logger
  }

/** Puts the worker together: what asks models, what runs for people, and what maintains the system beside it. */
export const createWorker = (deps: WorkerDeps) => {
  const { pool, boss, keys, slots, notifyStatus, notifyJobs, log } = deps
  const { catalog } = deps.planning
  const jobs = createJobs(boss, pool)
  const runDurations = createMovingAverages()
  const promote = createPromote({ pool, jobs, notifyJobs, notifyStatus })

  const llm = buildLlm({ ...deps, catalog, metrics: { failedOver: (ms) => metrics.failedOver(ms) } })
  const usableRoutes = () => llm.routing().routes
  const metrics = createMetrics({
    running: () => dispatcher.running(),
    slots,
    healths: llm.healths,
    usableRoutes,
    now: deps.clock.now,
    keys: keys.counts,
    pool,
  })
  const live = createLive({
    notify: deps.notifyLive,
    now: deps.clock.steady,
    onError: (error, id) => log.warn({ error, generation_id: id }, 'following of an answer failed'),
  })
  const wakeWebhooks = () => webhooks.wake()
  const { dispatcher, checks } = buildRuns({
    ...deps,
    wakeWebhooks,
    jobs,
    llm,
    live,
    metrics,
    promote: (accountId) => void promote(accountId).catch((error) => log.warn({ error }, 'promotion failed')),
    onEnd: (ended, durationMs, waits) => {
      metrics.jobEnded(ended, durationMs, waits)
      if (ended.outcome === 'succeeded') runDurations.add('run', durationMs / 1000)
      collectWhenIdle()
    },
  })
  const maintenance = buildMaintenance({
    ...deps,
    jobs,
    catalog,
    promote,
    metrics,
    usableRoutes,
    runSeconds: () => runDurations.of('run'),
    wake: dispatcher.wake,
    wakeWebhooks,
    onChanged: notifyStatus,
  })
  const webhooks = buildWebhooks({
    ...deps,
    allow: deps.webhookAllow,
    tellOperator: deps.webhook !== null,
    metrics,
    onDisabled: maintenance.deliverAlerts,
  })
  const collectWhenIdle = createIdleCollection({
    collect: garbageCollection(),
    isIdle: () => dispatcher.running() === 0,
    runs: 200,
    idleMs: IDLE_COLLECTION_MS,
  })
  let stopped = false

  return {
    metrics: metrics.registry,
    wake: dispatcher.wake,
    /** How long no job was fetched or kept alive although it was tried, or an aborted one did not end, in milliseconds. */
    stalledMs: dispatcher.stalledMs,
    /** Whether a route that this worker can use is not known to fail. */
    hasRoute: llm.hasRoute,
    /** Somebody watches generations, perhaps of this worker. */
    watch: live.watch,
    cancel: (id: string): void => {
      dispatcher.cancel(id)
      wakeWebhooks()
    },
    wakeWebhooks,
    /** A person asked for a connection check. */
    check: checks.enqueue,
    /** Notifications were lost while the connection was away: looks for what they were about. */
    catchUp: (): void => {
      dispatcher.wake()
      checks.poll()
    },
    refreshRoutes: llm.refreshRoutes,
    refreshKeys: llm.refreshKeys,
    start: async (): Promise<void> => {
      await llm.start()
      if (stopped) return llm.stop()
      dispatcher.start()
      checks.start()
      maintenance.start()
      webhooks.start()
    },
    /**
     * Resolves to true when nothing is left that could run now, and to false when `signal` aborts before. Every part of
     * maintenance has had a turn then.
     */
    drain: (signal: AbortSignal): Promise<boolean> =>
      drain(
        {
          maintain: maintenance.turn,
          recover: maintenance.recover,
          isIdle: () => dispatcher.isIdle() && checks.isIdle() && webhooks.isIdle(),
          // While the database is away, that is not known.
          isAnythingDue: () => isAnythingDue(pool).catch(() => true),
          wake: () => {
            dispatcher.wake()
            checks.poll()
            wakeWebhooks()
          },
          clock: deps.clock,
        },
        signal,
      ),
    /** Fetches no more jobs; those that still run when `deadline` fires, and requests to webhooks, are handed back. */
    stop: async (deadline: AbortSignal): Promise<void> => {
      stopped = true
      await Promise.all([dispatcher.stop(deadline), checks.stop(), webhooks.stop(deadline)])
      llm.stop()
      await maintenance.stop()
    },
  }
}
