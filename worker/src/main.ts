import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { bossOn } from '@recto/shared/boss-on'
import { createPool } from '@recto/shared/database'
import { parseEnv } from '@recto/shared/env'
import { kindContracts } from '@recto/shared/kinds/registry'
import { listen } from '@recto/shared/listen'
import { createLog } from '@recto/shared/log'
import { createNotify } from '@recto/shared/notify'
import { offerNames } from '@recto/shared/offer-names'
import { exitWith, orExit } from '@recto/shared/or-exit'
import { channels, generationQueue, queueSchema } from '@recto/shared/queue'
import { readCatalog } from '@recto/shared/read-catalog'
import { requireSession } from '@recto/shared/sessions'
import { PgBoss } from 'pg-boss'
import { systemClock } from './clock.ts'
import { lowerCpuPriority } from './cpu-priority.ts'
import {
  CONNECT_MS,
  DISPATCHER_STUCK_MS,
  HAND_BACK_MS,
  HEALTH_CHECK_MS,
  HINT_LINGER_MS,
  LISTEN_CHECK_MS,
  QUERY_MS,
  RECONNECT_MS,
} from './deadlines.ts'
import { lifetimeOf, modelEnvironment, workerEnvironment } from './environment.ts'
import { createHealth } from './health.ts'
import { findKind } from './kinds/registry.ts'
import { InvalidKey } from './llm/keys/key-sources.ts'
import { createProviderKeys } from './llm/keys/provider-keys.ts'
import { recordKeyFingerprints } from './llm/keys/record-key-fingerprints.ts'
import { readVault, saysNoVault } from './llm/keys/vault.ts'
import { createClients } from './llm/wire/client.ts'
import { stubName } from './stub/catalog.ts'
import { createStub } from './stub/stub.ts'
import { createWorker } from './worker.ts'

const env = orExit(parseEnv)({ ...workerEnvironment, ...modelEnvironment }, process.env)
const lifetime = orExit(lifetimeOf)(env)
const log = createLog('worker', env.LOG_LEVEL)
const onError = (error: unknown) => log.warn({ error }, 'database connection failed')

const url = env.WORKER_DATABASE_URL
const database = { url, prepare: env.PREPARE, connectMs: CONNECT_MS, queryMs: QUERY_MS }
const pool = createPool({ ...database, name: 'recto_worker', max: env.WORKER_DB_CONNECTIONS }, onError)
/** Without a session there is nothing to listen with, and jobs are found by polling. */
const listenUrl = env.WORKER_LISTEN_DATABASE_URL ?? (env.PREPARE ? url : undefined)
const notify = (channel: string) => (payload: string) =>
  pool.query({ name: 'notify', text: 'select pg_notify($1, $2)', values: [channel, payload] })

const notifyAll = 'select pg_notify($1, payload) from unnest($2::text[]) payload'

// Maintenance looks for jobs of dead workers (maintenance/recovery.ts), more often than the supervision of pg-boss does.
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

const listed = orExit(readCatalog)(env.RECTO_MODELS, (path) => readFileSync(path, 'utf8'))
const stub = env.RECTO_STUB ? orExit(createStub)(listed, process.env) : null
const catalog = stub?.catalog ?? listed
const usesVault = env.RECTO_VAULT && !stub
const keys = createProviderKeys({
  catalog,
  env: stub?.env ?? process.env,
  readFile: (path) => readFile(path, 'utf8'),
  readVault: usesVault ? readVault(pool) : null,
  now: systemClock.steady,
})
await keys.load().catch(exitWith)
const recordKeys = recordKeyFingerprints(pool, log)
const offerOwnNames = () => offerNames(pool, catalog, kindContracts())
const noKeys = `no provider has a key: set one of ${keys.variables.join(', ')} (or …_FILE), or RECTO_VAULT=on`
if (!keys.some() && !usesVault) exitWith(noKeys)

const worker = createWorker({
  pool,
  boss,
  planning: { catalog, findKind, residency: env.RECTO_DATA_RESIDENCY, scrub: env.RECTO_SCRUB },
  clients: stub?.clients ?? orExit(createClients)(catalog, process.env),
  keys,
  policy: env.RECTO_ROUTING,
  timeouts: { firstTokenMs: env.MODEL_FIRST_TOKEN_MS, gapMs: env.MODEL_GAP_MS, totalMs: env.MODEL_TOTAL_MS },
  hedgeMs: env.MODEL_HEDGE_MS || null,
  // A cached result would look like one that a model gave.
  cacheTtlSeconds: stub ? null : env.RECTO_CACHE_TTL_SECONDS || null,
  slots: env.WORKER_SLOTS,
  offerNames: offerOwnNames,
  webhook: env.RECTO_ALERT_WEBHOOK_URL
    ? { url: env.RECTO_ALERT_WEBHOOK_URL, secret: env.RECTO_ALERT_WEBHOOK_SECRET ?? null }
    : null,
  webhookAllow: env.RECTO_WEBHOOK_ALLOW,
  notifyStatus: createNotify(notify(channels.status), HINT_LINGER_MS),
  notifyJobs: createNotify(notify(channels.jobs)),
  notifyRoutes: createNotify(notify(channels.routes)),
  notifyConnectionChecks: createNotify(notify(channels.connectionChecks)),
  // The texts are values of the statement, so that its text has none of them.
  notifyLive: (payloads) => pool.query({ name: 'notify_live', text: notifyAll, values: [channels.live, payloads] }),
  clock: systemClock,
  random: Math.random,
  log,
})

let started = false
const stopping = new AbortController()
const onMessage: Record<string, (payload: string) => void> = {
  [channels.jobs]: worker.wake,
  [channels.cancel]: worker.cancel,
  [channels.watch]: worker.watch,
  [channels.routes]: worker.refreshRoutes,
  [channels.connectionChecks]: worker.check,
  [channels.webhooks]: worker.wakeWebhooks,
}
const listenAt = (url: string) =>
  listen({
    url,
    name: 'recto_worker_listen',
    channels: Object.keys(onMessage),
    onMessage: (channel, payload) => onMessage[channel]?.(payload),
    onConnect: worker.catchUp,
    reconnectMs: RECONNECT_MS,
    checkMs: LISTEN_CHECK_MS,
  })
const listener = listenUrl === undefined ? undefined : listenAt(listenUrl)

const health = createHealth({
  checks: { db: () => pool.query('select 1'), queue: () => boss.getQueue(generationQueue) },
  accepting: () => started && !stopping.signal.aborted,
  hasRoute: worker.hasRoute,
  // Nothing is missing where nothing is notified.
  listening: () => listener?.connected() ?? true,
  stalledMs: worker.stalledMs,
  stuckMs: DISPATCHER_STUCK_MS,
  registry: worker.metrics,
  checkMs: HEALTH_CHECK_MS,
})
// The hostname stands in for the Host that HTTP/1.0 need not send, as the health checks of HAProxy do not.
const server = createServer(getRequestListener(health.fetch, { hostname: 'localhost' }))
if (lifetime.port !== null) {
  server.listen(lifetime.port, env.HOST)
  await once(server, 'listening').catch(exitWith)
}

const stop = async (why: { signal: string } | { drained: boolean }) => {
  if (stopping.signal.aborted) return
  stopping.abort()
  log.info(why, 'stopping')
  const deadlineMs = env.SHUTDOWN_DEADLINE_SECONDS * 1000
  // Without a database no job can be returned. Other workers find such jobs by their missing heartbeats.
  const giveUp = setTimeout(() => {
    log.warn({}, 'stopped with jobs under way')
    process.exit(0)
  }, deadlineMs)
  await worker.stop(AbortSignal.timeout(Math.max(deadlineMs / 2, deadlineMs - HAND_BACK_MS)))
  await listener?.stop()
  await boss.stop({ graceful: false })
  await pool.end()
  server.close()
  server.closeAllConnections()
  clearTimeout(giveUp)
  log.info({}, 'stopped')
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop({ signal }))

/** Reads keys from files and vault again. Keys of a provider that cannot be read stay as they were. */
const reloadKeys = async () => {
  // The keys of one provider may have been read before reading those of another failed.
  await keys.reload().finally(worker.refreshKeys)
  log.info({ providers: keys.counts() }, 'keys reloaded')
  await recordKeys(keys.fingerprints())
}
process.on('SIGHUP', () => void reloadKeys().catch((error) => log.error({ error }, 'key reload failed')))

/** Starts when the database can be reached. Until then the worker is not ready. */
const start = async () => {
  const session = { reconnectMs: RECONNECT_MS, signal: stopping.signal, onError }
  const own = env.WORKER_LISTEN_DATABASE_URL
  if (own) void requireSession({ ...session, url: own, variable: 'WORKER_LISTEN_DATABASE_URL' }).catch(exitWith)
  if (env.PREPARE) await requireSession({ ...session, url, variable: 'WORKER_DATABASE_URL' }).catch(exitWith)
  while (!stopping.signal.aborted && !started) {
    try {
      await boss.start()
      if (usesVault) await keys.reload()
      await recordKeys(keys.fingerprints())
      await offerOwnNames()
      started = true
    } catch (error) {
      if (error instanceof InvalidKey) exitWith(error)
      if (saysNoVault(error))
        exitWith(
          'RECTO_VAULT is on, but this database has no Supabase Vault: enable the extension, or unset RECTO_VAULT',
        )
      onError(error)
      await systemClock.sleep(RECONNECT_MS, stopping.signal)
    }
  }
  if (stopping.signal.aborted) return
  if (!keys.some()) exitWith(noKeys)
  await worker.start()
  // Not before: a start is not to take four times as long.
  void lowerCpuPriority()
  if (stub) log.warn({ provider: stubName }, 'every generation is answered without a model')
  log.info({ slots: env.WORKER_SLOTS, port: lifetime.port }, 'started')
}

/** Starts, and ends when nothing is left that could run now, or the time is up. */
const runOnce = async (ms: number) => {
  const timeUp = AbortSignal.timeout(ms)
  const giveUp = () => {
    if (!started && !stopping.signal.aborted) exitWith(`the database could not be used within ${ms / 1000} s`)
  }
  timeUp.addEventListener('abort', giveUp, { once: true })
  await start()
  await stop({ drained: await worker.drain(AbortSignal.any([timeUp, stopping.signal])) })
}
await (lifetime.onceMs === null ? start() : runOnce(lifetime.onceMs))
