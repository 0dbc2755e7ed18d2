import type { Catalog } from '@recto/shared/catalog'
import { createIdleCollection, garbageCollection } from '@recto/shared/idle-collection'
import { kindContracts } from '@recto/shared/kinds/registry'
import type { Logger } from '@recto/shared/log'
import { createNotify } from '@recto/shared/notify'
import { offerNames } from '@recto/shared/offer-names'
import { channels } from '@recto/shared/queue'
import type pg from 'pg'
import { findPolicies, findWindows } from './admission/store.ts'
import { type AppDeps, createApp } from './app.ts'
import { createAuth } from './auth.ts'
import { cache } from './cache.ts'
import { readConsoleFiles } from './console/files.ts'
import { createJobs } from './db/jobs.ts'
import type { ReadAs } from './db/read-as.ts'
import { createWrites } from './db/write-as.ts'
import { COLLECT_IDLE_MS, FRESH_MS, WATCH_LINGER_MS } from './deadlines.ts'
import type { ApiEnvironment } from './environment.ts'
import { streamDefaults } from './events/defaults.ts'
import { findKeyed } from './events/store.ts'
import { createStreams } from './events/streams.ts'
import { createTexts } from './events/texts.ts'
import { batchReads } from './generations/batch-reads.ts'
import { readManyGenerations } from './generations/store.ts'
import { requireProvider } from './health/require-provider.ts'
import { requireRest } from './health/require-rest.ts'
import { requireWorker } from './health/require-worker.ts'
import { readUnacknowledged } from './http/unacknowledged.ts'
import type { Metrics } from './metrics.ts'
import { findLiveRoutes } from './models/store.ts'
import { createReadView } from './operator/read-view.ts'
import { createSubscriptions } from './subscriptions.ts'

/** After so many streams were closed, garbage is collected when no other is for a while. */
const COLLECTED_STREAMS = 250

/** Connections to the database. They may be the same. */
export type Connections = {
  writes: pg.Pool
  /** Of batched reads of generations. */
  reads: pg.Pool
  readAs: ReadAs
  /** Of the views of operators, which may be slow. */
  operators: pg.Pool
}

export type ApiDeps = Pick<AppDeps, 'longestWaitMs' | 'listening' | 'stalledMs' | 'remoteAddress'> & {
  env: ApiEnvironment
  catalog: Catalog
  connections: Connections
  /** Reads in the home cell. Without it, this API is the one of the home cell. */
  readHomeAs?: ReadAs | undefined
  /** The built console. */
  consoleFolder: string
  /** How long changes of a generation that nobody notifies may go unnoticed, in milliseconds. */
  unnoticedMs: number
  /** Whether an event stream ends once it has said what is known, because nothing is notified here. */
  shortStreams: boolean
  metrics: Metrics
  stopping: AbortSignal
  log: Logger
  onError(error: unknown): void
}

const fresh = <T>(load: () => Promise<T>) => cache(load, FRESH_MS, Date.now)

/** Puts the API together over connections that are there. It listens to nothing: who owns it passes notifications on. */
export const buildApi = (deps: ApiDeps) => {
  const { env, catalog, connections, metrics, stopping, log } = deps
  const pool = connections.writes
  const { readAs } = connections
  const notify = (channel: string) => (payload: string) =>
    pool.query({ name: 'notify', text: 'select pg_notify($1, $2)', values: [channel, payload] })
  const jobs = createJobs(pool, deps.onError)
  const project = { supabaseUrl: env.SUPABASE_URL, publishableKey: env.SUPABASE_PUBLISHABLE_KEY }
  const auth = createAuth({ ...project, jwtSecret: env.SUPABASE_JWT_SECRET })
  const findGeneration = batchReads(readManyGenerations(connections.reads))
  const subscriptions = createSubscriptions(4000, 50, deps.unnoticedMs)
  const streams = createStreams({
    find: findGeneration,
    findKeyed: findKeyed(readAs),
    texts: createTexts(kindContracts(), readAs),
    watch: createNotify(notify(channels.watch), WATCH_LINGER_MS),
    metrics,
    stopping,
    short: deps.shortStreams,
    now: Date.now,
    unacknowledged: readUnacknowledged,
    onClosed: createIdleCollection({
      collect: garbageCollection({ releasing: true }),
      isIdle: () => true,
      runs: COLLECTED_STREAMS,
      idleMs: COLLECT_IDLE_MS,
    }),
    ...streamDefaults,
  })
  const policies = {
    generations: fresh(() => findPolicies(pool, 'generations')),
    connection_checks: fresh(() => findPolicies(pool, 'connection_checks')),
  }

  const app = createApp({
    catalog,
    kinds: kindContracts(),
    residency: env.RECTO_DATA_RESIDENCY,
    webhookAllow: env.RECTO_WEBHOOK_ALLOW,
    liveRoutes: fresh(() => findLiveRoutes(pool)),
    readAs,
    readHomeAs: deps.readHomeAs ?? readAs,
    readView: createReadView(connections.operators, Date.now),
    findGeneration,
    ...createWrites(pool),
    jobs,
    notifyJobs: createNotify(notify(channels.jobs)),
    notifyStatus: createNotify(notify(channels.status)),
    verify: auth.verify,
    subscriptions,
    longestWaitMs: deps.longestWaitMs,
    streams,
    stopping,
    now: Date.now,
    stateOf: (caller, account, limit) => findWindows(readAs, caller, account, limit),
    policy: (limit) => policies[limit](),
    checks: {
      db: () => pool.query('select 1'),
      queue: jobs.ready,
      auth: auth.ready,
      rest: requireRest(project),
      workers: requireWorker(pool),
      providers: requireProvider(pool),
    },
    stalledMs: deps.stalledMs,
    listening: deps.listening,
    console: {
      files: readConsoleFiles(deps.consoleFolder),
      ...project,
      localSignIn: env.RECTO_LOCAL_SIGN_IN === 'on',
    },
    origins: env.CORS_ORIGINS,
    remoteAddress: deps.remoteAddress,
    trustedProxies: env.TRUSTED_PROXIES,
    metrics,
    log,
    logReads: env.LOG_READS,
  })
  return {
    app,
    subscriptions,
    streams,
    verify: auth.verify,
    /** Resolves when the queue can be used. Until then submissions are answered 503. */
    start: (): Promise<void> => jobs.start(() => offerNames(pool, catalog, kindContracts())),
    stop: jobs.stop,
  }
}
