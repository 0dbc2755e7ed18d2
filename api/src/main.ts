import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getConnInfo } from '@hono/node-server/conninfo'
import { createPool } from '@recto/shared/database'
import { count, parseEnv, port, postgresUrl } from '@recto/shared/env'
import { listen } from '@recto/shared/listen'
import { createLog } from '@recto/shared/log'
import { exitWith, orExit } from '@recto/shared/or-exit'
import { channels } from '@recto/shared/queue'
import { readCatalog } from '@recto/shared/read-catalog'
import { requireSession } from '@recto/shared/sessions'
import { z } from 'zod'
import { buildApi } from './build-api.ts'
import { createReadAs } from './db/read-as.ts'
import { createStalledMs } from './db/stalled-pool.ts'
import {
  CONNECT_MS,
  LISTEN_CHECK_MS,
  QUERY_MS,
  RECONNECT_MS,
  STREAM_TICK_MS,
  UNNOTICED_MS,
  WAIT_MAX_MS,
} from './deadlines.ts'
import { apiEnvironment } from './environment.ts'
import { createMetricsServer } from './http/metrics-server.ts'
import { closeServer, createHttpServer } from './http/server.ts'

const env = orExit(parseEnv)(
  {
    ...apiEnvironment,
    API_LISTEN_DATABASE_URL: postgresUrl.optional(),
    API_DB_CONNECTIONS: count(10, 200),
    HOST: z.string().default('127.0.0.1'),
    PORT: port(8787),
    METRICS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
    SHUTDOWN_DEADLINE_SECONDS: count(10, 600),
  },
  process.env,
)
/** Connections that all reads share. Batched reads of generations have one more. */
const READERS = 3

const catalog = orExit(readCatalog)(env.RECTO_MODELS, (path) => readFileSync(path, 'utf8'))
const log = createLog('api', env.LOG_LEVEL)
const onError = (error: unknown) => log.warn({ error }, 'database connection failed')

const url = env.API_DATABASE_URL
/** Without a session there is nothing to listen with, and what changes is found by reading. */
const listenUrl = env.API_LISTEN_DATABASE_URL ?? (env.PREPARE ? url : undefined)
const database = { url, prepare: env.PREPARE, connectMs: CONNECT_MS }
const readers = { ...database, name: 'recto_api_read', max: READERS + 1 }
const readPool = createPool(readers, onError)
const reads = createReadAs(readPool, READERS)
const writers = { ...database, name: 'recto_api', max: env.API_DB_CONNECTIONS, queryMs: QUERY_MS }
const pool = createPool(writers, onError)
// One connection of its own, which is closed while no operator looks: a slow view is in nobody's way.
const operators = { ...database, name: 'recto_api_operator', max: 1, queryMs: QUERY_MS }
const operatorPool = createPool(operators, onError)

const stopping = new AbortController()
const api = buildApi({
  env,
  catalog,
  connections: { writes: pool, reads: readPool, readAs: reads.readAs, operators: operatorPool },
  consoleFolder: join(import.meta.dirname, '..', '..', 'web', 'dist'),
  unnoticedMs: listenUrl === undefined ? UNNOTICED_MS : Number.POSITIVE_INFINITY,
  longestWaitMs: WAIT_MAX_MS,
  shortStreams: listenUrl === undefined,
  stalledMs: createStalledMs(pool, () => performance.now()),
  // Nothing is missing where nothing is notified.
  listening: () => listener?.connected() ?? true,
  remoteAddress: (c) => getConnInfo(c).remote.address,
  stopping: stopping.signal,
  log,
  onError,
})
const { subscriptions, streams } = api
const listenAt = (url: string) =>
  listen({
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
const listener = listenUrl === undefined ? undefined : listenAt(listenUrl)
setInterval(() => void streams.tick(), STREAM_TICK_MS).unref()

const server = createHttpServer(api.app.fetch)
// A thousand connections may come at once; Node.js keeps 511 waiting.
server.listen({ port: env.PORT, host: env.HOST, backlog: 4_096 })
await once(server, 'listening').catch(exitWith)
const metricsServer = createMetricsServer(api.registry)
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
  await Promise.all([listener?.stop(), api.stop(), reads.close()])
  await Promise.all([pool.end(), operatorPool.end()])
  log.info({}, 'stopped')
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(signal))

const session = { reconnectMs: RECONNECT_MS, signal: stopping.signal, onError }
if (env.API_LISTEN_DATABASE_URL)
  void requireSession({ ...session, url: env.API_LISTEN_DATABASE_URL, variable: 'API_LISTEN_DATABASE_URL' }).catch(
    exitWith,
  )
if (env.PREPARE) await requireSession({ ...session, url, variable: 'API_DATABASE_URL' }).catch(exitWith)
await api.start()
