import type { Catalog } from '@recto/shared/catalog'
import type { Statement } from '@recto/shared/database'
import type { Logger } from '@recto/shared/log'
import type { Notify } from '@recto/shared/notify'
import type { OpenAI } from 'openai'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { createPost, type WebhookTarget } from './alerts/post.ts'
import { createAlerts } from './alerts/send.ts'
import { createAlertStore } from './alerts/store.ts'
import { createLookup } from './calls/cost-lookup.ts'
import { createCallRecorder } from './calls/record.ts'
import { createRequestIds } from './calls/request-ids.ts'
import { createSemaphore } from './calls/semaphore.ts'
import { createSettle } from './calls/settle.ts'
import { createSettlementStore } from './calls/settlement-store.ts'
import type { Clock } from './clock.ts'
import { createConnectionChecks } from './connection-check/run.ts'
import { createConnectionCheckStore } from './connection-check/store.ts'
import { POLL_MS, RETRY_WRITE_MS, ROUTES_EVERY_MS, SEMAPHORE_HOLD_MS, TOUCH_MS } from './deadlines.ts'
import { createCache } from './generation/cache.ts'
import { createGenerate } from './generation/generate.ts'
import type { PlanDeps } from './generation/plan.ts'
import { createProcess } from './generation/process.ts'
import { createPromote } from './generation/promote.ts'
import { retryWrite } from './generation/retry-write.ts'
import { createStore } from './generation/store.ts'
import { createAsk } from './llm/ask.ts'
import { createMovingAverages } from './llm/health/moving-average.ts'
import { shareRoutes } from './llm/health/share-routes.ts'
import { createRoutesStore } from './llm/health/store.ts'
import type { ProviderKeys } from './llm/keys/provider-keys.ts'
import { routesOf } from './llm/route.ts'
import { createRoutePool } from './llm/route-pool.ts'
import type { RoutingPolicy } from './llm/routing.ts'
import type { Timeouts } from './llm/wire/timeouts.ts'
import { createRecovery } from './maintenance/recovery.ts'
import { runRetention } from './maintenance/retention.ts'
import { createRollUp } from './maintenance/roll-up.ts'
import { runMaintenance } from './maintenance/run.ts'
import { createMetrics } from './metrics.ts'
import { createDispatcher } from './queue/dispatcher.ts'
import { createJobs } from './queue/jobs.ts'

export type WorkerDeps = {
  pool: pg.Pool
  boss: PgBoss
  planning: PlanDeps
  /** By provider. */
  clients: Readonly<Record<string, OpenAI>>
  keys: ProviderKeys
  policy: RoutingPolicy
  timeouts: Timeouts
  /** Null for never. */
  hedgeMs: number | null
  /** Null for no cache. */
  cacheTtlSeconds: number | null
  slots: number
  /** Where alerts are posted; null for nowhere. */
  webhook: WebhookTarget | null
  notifyStatus: Notify
  notifyJobs: Notify
  notifyRoutes: Notify
  notifyConnectionChecks: Notify
  clock: Clock
  random(): number
  log: Logger
}

/** Fewer than there are connections to the database, so that a commit finds one. */
const answersAtOnce = 3

const providersOf = ({ providers }: Catalog, { clients, keys }: Pick<WorkerDeps, 'clients' | 'keys'>) =>
  Object.fromEntries(
    Object.keys(providers).flatMap((name) => {
      const client = clients[name]
      return client ? [[name, { client, keys: keys.ringOf(name) }]] : []
    }),
  )

/** Puts the worker together: a dispatcher that runs generations, and the sweep that finds what fell between processes. */
export const createWorker = (deps: WorkerDeps) => {
  const { pool, boss, planning, keys, slots, notifyStatus, notifyJobs, clock, random, log } = deps
  const onError = (error: unknown) => log.warn({ error }, 'routes not shared')
  const routePool = createRoutePool({
    routes: routesOf(planning.catalog, deps.timeouts),
    providers: providersOf(planning.catalog, deps),
    now: clock.now,
    random,
    onChange: (route, health) => {
      log.warn({ provider: route.provider, model: route.model, state: health.state, reason: health.reason }, 'route')
      share.changed(route, health)
    },
  })
  const share = shareRoutes({
    store: createRoutesStore(pool, clock.now),
    routePool,
    notify: deps.notifyRoutes,
    now: clock.now,
    everyMs: ROUTES_EVERY_MS,
    onError,
  })
  const jobs = createJobs(boss, pool)
  const runDurations = createMovingAverages()
  const promote = createPromote({ pool, jobs, notifyJobs })
  const promoteSoon = (accountId: string) =>
    void promote(accountId).catch((error) => log.warn({ error }, 'nobody promoted'))
  const metrics = createMetrics({
    running: () => dispatcher.running(),
    slots,
    healths: routePool.healths,
    keys: keys.counts,
  })
  const retried = { pool, retryWrite: <T>(write: () => Promise<T>) => retryWrite(write, RETRY_WRITE_MS) }
  const query = <T extends pg.QueryResultRow>(statement: Statement) =>
    retried.retryWrite(() => pool.query<T>(statement))
  const recording = {
    ...retried,
    onCall: metrics.callEnded,
    identify: createRequestIds(query, onError),
    limit: createSemaphore(answersAtOnce, SEMAPHORE_HOLD_MS),
  }
  const ask = createAsk({ routePool, clock, random, hedgeMs: deps.hedgeMs })
  const routing = () => ({ routes: routePool.usable(), policy: deps.policy, latencyOf: routePool.latencyOf })
  const dispatcher = createDispatcher({
    slots,
    fetch: jobs.fetch,
    touch: jobs.touch,
    run: createProcess({
      store: createStore({ ...retried, jobs, notifyStatus, notifyJobs, promote: promoteSoon }),
      planning,
      cache: createCache({ ttlSeconds: deps.cacheTtlSeconds, query, clock }),
      generate: createGenerate({
        routing,
        ask,
        recorderOf: ({ id, attempt }, residency, onGone) =>
          createCallRecorder(recording, { purpose: 'generation', id, attempt }, residency, onGone),
        random,
      }),
      random,
      log,
      onEnd: (ended, durationMs, waitMs) => {
        metrics.jobEnded(ended, durationMs, waitMs)
        if (ended.outcome === 'succeeded') runDurations.add('run', durationMs / 1000)
      },
    }),
    pollMs: POLL_MS,
    touchMs: TOUCH_MS,
    onError: (error) => log.warn({ error }, 'dispatcher failed'),
  })
  const tests = createConnectionChecks({
    store: createConnectionCheckStore(retried),
    catalog: planning.catalog,
    residency: planning.residency,
    routing,
    ask,
    recorderOf: ({ userId, accountId }, residency) =>
      createCallRecorder(recording, { purpose: 'test', userId, accountId }, residency, () => undefined),
    notifyStatus,
    notifyConnectionChecks: deps.notifyConnectionChecks,
    log,
  })
  const stopping = new AbortController()
  const settle = createSettle({
    store: createSettlementStore(pool),
    tells: (provider) => planning.catalog.providers[provider]?.cost_lookup ?? false,
    lookUp: createLookup({ clients: deps.clients, keys }),
    onSettled: metrics.callSettled,
    stop: stopping.signal,
    log,
  })
  let stopped = false
  const alerts = createAlerts({
    store: createAlertStore({ pool, boss }),
    post: deps.webhook && createPost(deps.webhook, clock.now),
    onAlert: metrics.alerted,
    log,
  })
  let recovery: ReturnType<typeof runMaintenance> | undefined
  let retention: ReturnType<typeof runRetention> | undefined

  return {
    metrics: metrics.registry,
    wake: dispatcher.wake,
    cancel: dispatcher.cancel,
    /** People ask whether a model answers. */
    test: tests.enqueue,
    /** Hints were lost: looks for itself. */
    catchUp: (): void => {
      dispatcher.wake()
      tests.poll()
    },
    /** There is news of a route. */
    refreshRoutes: share.refresh,
    /** There may be other keys than before. */
    refreshKeys: (): void => {
      routePool.tryNewKeys()
      share.refresh()
    },
    start: async (): Promise<void> => {
      await share.start()
      if (stopped) return share.stop()
      dispatcher.start()
      tests.start()
      retention = runRetention({ pool, clock, log })
      recovery = runMaintenance({
        recovery: createRecovery({ pool, boss, jobs }),
        promote,
        settle,
        alerts,
        rollUpUsage: createRollUp(pool),
        runSeconds: () => runDurations.of('run'),
        wake: dispatcher.wake,
        onFailed: notifyStatus,
        log,
      })
    },
    /** Fetches no more; what still runs when `deadline` fires is handed back to the queue. */
    stop: async (deadline: AbortSignal): Promise<void> => {
      stopped = true
      await Promise.all([dispatcher.stop(deadline), tests.stop()])
      share.stop()
      stopping.abort()
      await Promise.all([recovery?.stop(), retention?.stop(), alerts.stop()])
    },
  }
}
