import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DataResidency } from '@recto/shared/catalog'
import { createPool } from '@recto/shared/database'
import { count, fraction, httpUrl, logLevel, parseEnv, port, postgresUrl } from '@recto/shared/env'
import { createIdleCollection, garbageCollection } from '@recto/shared/idle-collection'
import { kindContracts } from '@recto/shared/kinds/registry'
import { listen } from '@recto/shared/listen'
import { createLog } from '@recto/shared/log'
import { createNotify } from '@recto/shared/notify'
import { offerNames } from '@recto/shared/offer-names'
import { exitWith, orExit } from '@recto/shared/or-exit'
import { channels } from '@recto/shared/queue'
import { readCatalog } from '@recto/shared/read-catalog'
import { allowListVariable } from '@recto/shared/webhooks/allow-list'
import { z } from 'zod'
import { findPolicies, findWindows } from './admission/store.ts'
import { createApp } from './app.ts'
import { createAuth } from './auth.ts'
import { cache } from './cache.ts'
import { readConsoleFiles } from './console/files.ts'
import { createJobs } from './db/jobs.ts'
import { createReadAs } from './db/read-as.ts'
import { createStalledMs } from './db/stalled-pool.ts'
import { createWrites } from './db/write-as.ts'
import {
  COLLECT_IDLE_MS,
  CONNECT_MS,
  FRESH_MS,
  LISTEN_CHECK_MS,
  QUERY_MS,
  RECONNECT_MS,
  STREAM_TICK_MS,
  WATCH_LINGER_MS,
} from './deadlines.ts'
import { streamDefaults } from './events/defaults.ts'
import { findKeyed } from './events/store.ts'
import { createStreams } from './events/streams.ts'
import { createTexts } from './events/texts.ts'
import { batchReads } from './generations/batch-reads.ts'
import { readManyGenerations } from './generations/store.ts'
import { requireProvider } from './health/require-provider.ts'
import { requireRest } from './health/require-rest.ts'
import { requireWorker } from './health/require-worker.ts'
import { trustedProxies } from './http/client-address.ts'
import { createMetricsServer } from './http/metrics-server.ts'
import { originList } from './http/origins.ts'
import { closeServer, createHttpServer } from './http/server.ts'
import { readUnacknowledged } from './http/unacknowledged.ts'
import { createMetrics } from './metrics.ts'
import { findLiveRoutes } from './models/store.ts'
import { createReadView } from './operator/read-view.ts'
import { readQueueState } from './queue-state.ts'
import { createSubscriptions } from './subscriptions.ts'

const env = orExit(parseEnv)(
  {
    API_DATABASE_URL: postgresUrl,
    API_DB_CONNECTIONS: count(10, 200),
    SUPABASE_URL: httpUrl,
    SUPABASE_PUBLISHABLE_KEY: z.string(),
    SUPABASE_JWT_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
    CORS_ORIGINS: originList,
    TRUSTED_PROXIES: trustedProxies,
    RECTO_MODELS: z.string().optional(),
    RECTO_DATA_RESIDENCY: DataResidency.default('any'),
    RECTO_LOCAL_SIGN_IN: z.enum(['on', 'off']).default('off'),
    RECTO_WEBHOOK_ALLOW: allowListVariable,
    HOST: z.string().default('127.0.0.1'),
    PORT: port(8787),
    METRICS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
    SHUTDOWN_DEADLINE_SECONDS: count(10, 600),
    LOG_LEVEL: logLevel,
    LOG_READS: fraction(1),
  },
  process.env,
)
/** After so many streams were closed, garbage is collected when no other is for a while. */
const COLLECTED_STREAMS = 250
/** Connections that all reads share. Batched reads of generations have one more. */
const READERS = 3

const catalog = orExit(readCatalog)(env.RECTO_MODELS, (path) => readFileSync(path, 'utf8'))
const log = createLog('api', env.LOG_LEVEL)
const onError = (error: unknown) => log.warn({ error }, 'database connection failed')

const url = env.API_DATABASE_URL
const readers = { url, name: 'recto_api_read', max: READERS + 1, connectMs: CONNECT_MS }
const readPool = createPool(readers, onError)
const reads = createReadAs(readPool, READERS)
const writers = { url, name: 'recto_api', max: env.API_DB_CONNECTIONS, connectMs: CONNECT_MS, queryMs: QUERY_MS }
const pool = createPool(writers, onError)
// One connection of its own, which is closed while no operator looks: a slow view is in nobody's way.
const operators = { url, name: 'recto_api_operator', max: 1, connectMs: CONNECT_MS, queryMs: QUERY_MS }
const operatorPool = createPool(operators, onError)
const notify = (channel: string) => (payload: string) =>
  pool.query({ name: 'notify', text: 'select pg_notify($1, $2)', values: [channel, payload] })
const jobs = createJobs(pool, onError)
const auth = createAuth({
  supabaseUrl: env.SUPABASE_URL,
  publishableKey: env.SUPABASE_PUBLISHABLE_KEY,
  jwtSecret: env.SUPABASE_JWT_SECRET,
})

const metrics = createMetrics({ queue: () => readQueueState(pool) })
const stopping = new AbortController()
const findGeneration = batchReads(readManyGenerations(readPool))
const subscriptions = createSubscriptions(4000, 50)
const streams = createStreams({
  find: findGeneration,
  findKeyed: findKeyed(reads.readAs),
  texts: createTexts(kindContracts(), reads.readAs),
  watch: createNotify(notify(channels.watch), WATCH_LINGER_MS),
  metrics,
  stopping: stopping.signal,
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
const listener = listen({
  url,
  name: 'recto_api_listen',
  channels: [channels.status, channels.cancel, channels.live],
  onMessage: (channel, payload) => {
    if (channel === channels.live) return streams.live(payload)
    const ids = payload.split(',')
    subscriptions.changed(ids)
    streams.changed(ids)
  },
  onConnect: () => {
    subscriptions.changedAll()
    streams.changedAll()
  },
  reconnectMs: RECONNECT_MS,
  checkMs: LISTEN_CHECK_MS,
})

const fresh = <T>(load: () => Promise<T>) => cache(load, FRESH_MS, Date.now)
const policies = {
  generations: fresh(() => findPolicies(pool, 'generations')),
  connection_checks: fresh(() => findPolicies(pool, 'connection_checks')),
}

setInterval(() => void streams.tick(), STREAM_TICK_MS).unref()

const app = createApp({
  catalog,
  kinds: kindContracts(),
  residency: env.RECTO_DATA_RESIDENCY,
  webhookAllow: env.RECTO_WEBHOOK_ALLOW,
  liveRoutes: fresh(() => findLiveRoutes(pool)),
  readAs: reads.readAs,
  readView: createReadView(operatorPool, Date.now),
  findGeneration,
  ...createWrites(pool),
  jobs,
  notifyJobs: createNotify(notify(channels.jobs)),
  notifyStatus: createNotify(notify(channels.status)),
  verify: auth.verify,
  subscriptions,
  streams,
  stopping: stopping.signal,
  now: Date.now,
  stateOf: (caller, account, limit) => findWindows(reads.readAs, caller, account, limit),
  policy: (limit) => policies[limit](),
  checks: {
    db: () => pool.query('select 1'),
    queue: jobs.ready,
    auth: auth.ready,
    rest: requireRest({ supabaseUrl: env.SUPABASE_URL, publishableKey: env.SUPABASE_PUBLISHABLE_KEY }),
    workers: requireWorker(pool),
    providers: requireProvider(pool),
  },
  stalledMs: createStalledMs(pool, () => performance.now()),
  listening: listener.connected,
  console: {
    files: readConsoleFiles(join(import.meta.dirname, '..', '..', 'web', 'dist')),
    supabaseUrl: env.SUPABASE_URL,
    publishableKey: env.SUPABASE_PUBLISHABLE_KEY,
    localSignIn: env.RECTO_LOCAL_SIGN_IN === 'on',
  },
  origins: env.CORS_ORIGINS,
  trustedProxies: env.TRUSTED_PROXIES,
  metrics,
  log,
  logReads: env.LOG_READS,
})
const server = createHttpServer(app.fetch)
// A thousand connections may come at once; Node.js keeps 511 waiting.
server.listen({ port: env.PORT, host: env.HOST, backlog: 4_096 })
await once(server, 'listening').catch(exitWith)
const metricsServer = createMetricsServer(metrics.registry)
if (env.METRICS_PORT !== undefined) {
  metricsServer.listen(env.METRICS_PORT, env.HOST)
  await once(metricsServer, 'listening').catch(exitWith)
}
log.info({ address: server.address() }, 'started')

/**
 * Stops in this order: reports not ready, refuses new connections, lets requests end, closes the connections they
 * needed.
 */
const stop = async (signal: string) => {
  if (stopping.signal.aborted) return
  stopping.abort()
  log.info({ signal }, 'stopping')
  const deadline = env.SHUTDOWN_DEADLINE_SECONDS * 1000
  setTimeout(() => process.exit(0), deadline).unref()
  await closeServer(server, deadline * 0.8)
  metricsServer.close()
  metricsServer.closeAllConnections()
  await Promise.all([listener.stop(), jobs.stop(), reads.close()])
  await Promise.all([pool.end(), operatorPool.end()])
  log.info({}, 'stopped')
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(signal))

await jobs.start(() => offerNames(pool, catalog, kindContracts()))
