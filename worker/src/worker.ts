import type { Catalog } from '@recto/shared/catalog'
import type { Statement } from '@recto/shared/database'
import type { Hint } from '@recto/shared/hint'
import type { Logger } from '@recto/shared/log'
import type { OpenAI } from 'openai'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { createPost, type WebhookTarget } from './alerts/post.ts'
import { createAlerts } from './alerts/send.ts'
import { createAlertStore } from './alerts/store.ts'
import { createConnectionTests } from './connection-test/run.ts'
import { createTestStore } from './connection-test/store.ts'
import { PERSIST_MS, POLL_MS, ROUTES_EVERY_MS, TOUCH_MS, TURN_MS } from './deadlines.ts'
import { createDispatcher } from './dispatcher.ts'
import { createCache } from './generation/cache.ts'
import { createJournal } from './generation/calls.ts'
import { createIdentities } from './generation/identities.ts'
import { createMake } from './generation/make.ts'
import { persist } from './generation/persist.ts'
import type { PlanDeps } from './generation/plan.ts'
import { createProcess } from './generation/process.ts'
import { createPromote } from './generation/promote.ts'
import { createStore } from './generation/store.ts'
import { createTurnstile } from './generation/turnstile.ts'
import { createJobs } from './jobs.ts'
import { createMetrics } from './metrics.ts'
import { createAsk } from './models/ask.ts'
import type { Clock } from './models/clock.ts'
import { createLatencies } from './models/latencies.ts'
import type { Timeouts } from './models/patience.ts'
import { routesOf } from './models/route.ts'
import type { RoutingPolicy } from './models/routing.ts'
import { createSwitchboard } from './models/switchboard.ts'
import type { ProviderKeys } from './provider-keys.ts'
import { runRetention } from './retention/run.ts'
import { shareRoutes } from './routes/share.ts'
import { createRoutesStore } from './routes/store.ts'
import { createLookup } from './settlement/lookup.ts'
import { createSettle } from './settlement/settle.ts'
import { createSettlementStore } from './settlement/store.ts'
import { createRollUp } from './sweep/roll-up.ts'
import { runSweep } from './sweep/run.ts'
import { createSweep } from './sweep/store.ts'

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
  hintStatus: Hint
  hintJobs: Hint
  hintRoutes: Hint
  hintTests: Hint
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
  const { pool, boss, planning, keys, slots, hintStatus, hintJobs, clock, random, log } = deps
  const onError = (error: unknown) => log.warn({ error }, 'routes not shared')
  const switchboard = createSwitchboard({
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
    switchboard,
    hint: deps.hintRoutes,
    now: clock.now,
    everyMs: ROUTES_EVERY_MS,
    onError,
  })
  const jobs = createJobs(boss, pool)
  const pace = createLatencies()
  const promote = createPromote({ pool, jobs, hintJobs })
  const promoteSoon = (accountId: string) =>
    void promote(accountId).catch((error) => log.warn({ error }, 'nobody promoted'))
  const metrics = createMetrics({
    running: () => dispatcher.running(),
    slots,
    healths: switchboard.healths,
    keys: keys.counts,
  })
  const persisted = { pool, persist: <T>(write: () => Promise<T>) => persist(write, PERSIST_MS) }
  const query = <T extends pg.QueryResultRow>(statement: Statement) => persisted.persist(() => pool.query<T>(statement))
  const journaling = {
    ...persisted,
    onCall: metrics.callEnded,
    identify: createIdentities(query, onError),
    turn: createTurnstile(answersAtOnce, TURN_MS),
  }
  const ask = createAsk({ switchboard, clock, random, hedgeMs: deps.hedgeMs })
  const routing = () => ({ routes: switchboard.usable(), policy: deps.policy, latencyOf: switchboard.latencyOf })
  const dispatcher = createDispatcher({
    slots,
    fetch: jobs.fetch,
    touch: jobs.touch,
    run: createProcess({
      store: createStore({ ...persisted, jobs, hintStatus, hintJobs, promote: promoteSoon }),
      planning,
      cache: createCache({ ttlSeconds: deps.cacheTtlSeconds, query, clock }),
      make: createMake({
        routing,
        ask,
        journalOf: ({ id, attempt }, residency, onGone) =>
          createJournal(journaling, { purpose: 'generation', id, attempt }, residency, onGone),
        random,
      }),
      random,
      log,
      onEnd: (ended, durationMs, waitMs) => {
        metrics.jobEnded(ended, durationMs, waitMs)
        if (ended.outcome === 'succeeded') pace.add('run', durationMs / 1000)
      },
    }),
    pollMs: POLL_MS,
    touchMs: TOUCH_MS,
    onError: (error) => log.warn({ error }, 'dispatcher failed'),
  })
  const tests = createConnectionTests({
    store: createTestStore(persisted),
    catalog: planning.catalog,
    residency: planning.residency,
    routing,
    ask,
    journalOf: ({ userId, accountId }, residency) =>
      createJournal(journaling, { purpose: 'connection_check', userId, accountId }, residency, () => undefined),
    hintStatus,
    hintTests: deps.hintTests,
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
  let sweep: ReturnType<typeof runSweep> | undefined
  let retention: ReturnType<typeof runRetention> | undefined

  return {
    metrics: metrics.registry,
    wake: dispatcher.wake,
    cancel: dispatcher.cancel,
    /** People ask whether a model answers. */
    test: tests.hear,
    /** Hints were lost: looks for itself. */
    catchUp: (): void => {
      dispatcher.wake()
      tests.look()
    },
    /** There is news of a route. */
    refreshRoutes: share.refresh,
    /** There may be other keys than before. */
    refreshKeys: (): void => {
      switchboard.tryNewKeys()
      share.refresh()
    },
    start: async (): Promise<void> => {
      await share.start()
      if (stopped) return share.stop()
      dispatcher.start()
      tests.start()
      retention = runRetention({ pool, clock, log })
      sweep = runSweep({
        sweep: createSweep({ pool, boss, jobs }),
        promote,
        settle,
        alerts,
        rollUpUsage: createRollUp(pool),
        runSeconds: () => pace.of('run'),
        wake: dispatcher.wake,
        onFailed: hintStatus,
        log,
      })
    },
    /** Fetches no more; what still runs when `deadline` fires is handed back to the queue. */
    stop: async (deadline: AbortSignal): Promise<void> => {
      stopped = true
      await Promise.all([dispatcher.stop(deadline), tests.stop()])
      share.stop()
      stopping.abort()
      await Promise.all([sweep?.stop(), retention?.stop(), alerts.stop()])
    },
  }
}
