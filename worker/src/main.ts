import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { findModel } from '@recto/shared/catalog'
import { createPool } from '@recto/shared/database'
import { count, httpUrl, logLevel, parseEnv, port, postgresUrl } from '@recto/shared/env'
import { createHint } from '@recto/shared/hint'
import { bossOn } from '@recto/shared/jobs'
import { listen } from '@recto/shared/listen'
import { createLog } from '@recto/shared/log'
import { channels, generationQueue, queueSchema } from '@recto/shared/queue'
import { PgBoss } from 'pg-boss'
import { z } from 'zod'
import { CONNECT_MS, HAND_BACK_MS, HEALTH_CHECK_MS, LISTEN_CHECK_MS, QUERY_MS, RECONNECT_MS } from './deadlines.ts'
import { createHealth } from './health.ts'
import { createAsk } from './models/ask.ts'
import { createClient } from './models/client.ts'
import { systemClock } from './models/clock.ts'
import { usualTimeouts } from './models/patience.ts'
import { createWorker } from './worker.ts'

const env = parseEnv(
  {
    WORKER_DATABASE_URL: postgresUrl,
    WORKER_SLOTS: count(20, 2000),
    WORKER_DB_CONNECTIONS: count(10, 200),
    WORKER_PORT: port(8788),
    HOST: z.string().default('127.0.0.1'),
    OPENROUTER_API_KEY: z.string().min(1),
    OPENROUTER_BASE_URL: httpUrl.default('https://openrouter.ai/api/v1'),
    MODEL_FIRST_TOKEN_MS: count(usualTimeouts.firstTokenMs, 600_000),
    MODEL_GAP_MS: count(usualTimeouts.gapMs, 600_000),
    MODEL_TOTAL_MS: count(usualTimeouts.totalMs, 600_000),
    SHUTDOWN_DEADLINE_SECONDS: count(10, 600),
    LOG_LEVEL: logLevel,
  },
  process.env,
)
const log = createLog('worker', env.LOG_LEVEL)
const onError = (error: unknown) => log.warn({ error }, 'database connection failed')

const url = env.WORKER_DATABASE_URL
const pool = createPool(
  { url, name: 'recto_worker', max: env.WORKER_DB_CONNECTIONS, connectMs: CONNECT_MS, queryMs: QUERY_MS },
  onError,
)
const notify = (channel: string) => (payload: string) =>
  pool.query({ name: 'notify', text: 'select pg_notify($1, $2)', values: [channel, payload] })

// The worker looks for silent workers itself (sweep/), more often than pg-boss's own supervision could afford to.
const boss = new PgBoss({
  db: bossOn(pool),
  schema: queueSchema,
  migrate: false,
  schedule: false,
  reindex: false,
  monitorVacuum: false,
  maintenanceIntervalSeconds: 300,
  // Recto has no jobs that wait for other jobs.
  flowIntervalSeconds: 3600,
})
boss.on('error', onError)

const worker = createWorker({
  pool,
  boss,
  ask: createAsk({
    clients: { openrouter: createClient({ baseURL: env.OPENROUTER_BASE_URL, apiKey: env.OPENROUTER_API_KEY }) },
    price: ({ model }) => findModel(model)?.price ?? null,
    clock: systemClock,
    random: Math.random,
    timeouts: { firstTokenMs: env.MODEL_FIRST_TOKEN_MS, gapMs: env.MODEL_GAP_MS, totalMs: env.MODEL_TOTAL_MS },
  }),
  slots: env.WORKER_SLOTS,
  hintStatus: createHint(notify(channels.status)),
  hintJobs: createHint(notify(channels.jobs)),
  random: Math.random,
  log,
})

let started = false
const stopping = new AbortController()
const listener = listen({
  url,
  name: 'recto_worker_listen',
  channels: [channels.jobs, channels.cancel],
  onMessage: (channel, payload) => (channel === channels.cancel ? worker.cancel(payload) : worker.wake()),
  onConnect: worker.wake,
  reconnectMs: RECONNECT_MS,
  checkMs: LISTEN_CHECK_MS,
})

const health = createHealth({
  checks: { db: () => pool.query('select 1'), queue: () => boss.getQueue(generationQueue) },
  accepting: () => started && !stopping.signal.aborted,
  listening: listener.connected,
  registry: worker.metrics,
  checkMs: HEALTH_CHECK_MS,
})
const server = createServer(getRequestListener(health.fetch))
server.listen(env.WORKER_PORT, env.HOST)
await once(server, 'listening')

const stop = async (signal: string) => {
  if (stopping.signal.aborted) return
  stopping.abort()
  log.info({ signal }, 'stopping')
  const deadlineMs = env.SHUTDOWN_DEADLINE_SECONDS * 1000
  // Without a database nothing can be handed back: other workers find such jobs by their silence.
  const giveUp = setTimeout(() => {
    log.warn({}, 'stopped with jobs under way')
    process.exit(0)
  }, deadlineMs)
  await worker.stop(AbortSignal.timeout(Math.max(deadlineMs / 2, deadlineMs - HAND_BACK_MS)))
  await listener.stop()
  await boss.stop({ graceful: false })
  await pool.end()
  server.close()
  server.closeAllConnections()
  clearTimeout(giveUp)
  log.info({}, 'stopped')
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(signal))

/** The database may come up after the worker; until then it is not ready. */
const start = async () => {
  while (!stopping.signal.aborted && !started) {
    try {
      await boss.start()
      started = true
    } catch (error) {
      onError(error)
      await systemClock.sleep(RECONNECT_MS, stopping.signal)
    }
  }
  if (stopping.signal.aborted) return
  worker.start()
  log.info({ slots: env.WORKER_SLOTS, port: env.WORKER_PORT }, 'started')
}
await start()
