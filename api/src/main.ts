import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { getConnInfo } from '@hono/node-server/conninfo'
import { count, parseEnv, port, postgresUrl } from '@recto/shared/env'
import { createLog } from '@recto/shared/log'
import { exitWith, orExit } from '@recto/shared/or-exit'
import { readCatalog } from '@recto/shared/read-catalog'
import { z } from 'zod'
import { addressesOf, type CellAddress, furtherCells } from './cells/addresses.ts'
import { createDeletions, eraseIn, tellDeletions } from './cells/deletions.ts'
import { createDirectory, directorySource } from './cells/directory.ts'
import type { Fetch } from './cells/forward.ts'
import { joinCells } from './cells/join-cells.ts'
import { readMoves } from './cells/moves.ts'
import { openCell } from './cells/open-cell.ts'
import { repeat } from './cells/repeat.ts'
import type { ReadAs } from './db/read-as.ts'
import { DELETIONS_READ_MS, DIRECTORY_READ_MS, START_MS } from './deadlines.ts'
import { apiEnvironment } from './environment.ts'
import { createMetricsServer } from './http/metrics-server.ts'
import { closeServer, createHttpServer } from './http/server.ts'
import { createMetrics } from './metrics.ts'
import { readQueueStates } from './queue-state.ts'

const env = orExit(parseEnv)(
  {
    ...apiEnvironment,
    API_LISTEN_DATABASE_URL: postgresUrl.optional(),
    RECTO_CELLS: furtherCells,
    API_DB_CONNECTIONS: count(10, 200),
    HOST: z.string().default('127.0.0.1'),
    PORT: port(8787),
    METRICS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
    SHUTDOWN_DEADLINE_SECONDS: count(10, 600),
  },
  process.env,
)
const catalog = orExit(readCatalog)(env.RECTO_MODELS, (path) => readFileSync(path, 'utf8'))
const log = createLog('api', env.LOG_LEVEL)
const stopping = new AbortController()
const open = (address: CellAddress, readHomeAs?: ReadAs) =>
  openCell({
    env,
    address,
    catalog,
    readHomeAs,
    writers: env.API_DB_CONNECTIONS,
    consoleFolder: join(import.meta.dirname, '..', '..', 'web', 'dist'),
    remoteAddress: (c) => getConnInfo(c).remote.address,
    stopping: stopping.signal,
    log,
    onError: (error) => log.warn({ error, cell: address.cell }, 'database connection failed'),
  })
const [homeAddress, ...otherAddresses] = addressesOf(env)
const home = open(homeAddress)
const others = otherAddresses.map((address) => open(address, home.readAs))
const all = [home, ...others]
const metrics = createMetrics({
  queue: () => readQueueStates(all.map(({ readQueue }) => readQueue)),
  moves: () => readMoves(home.pool),
  pools: all.flatMap(({ pools }) => pools),
  databases: all.map(({ pool }) => pool),
})
const homeApi = home.build(metrics)
const otherApis = others.map((cell) => cell.build(metrics))
const apis = [homeApi, ...otherApis]

const repeatUntilStop = (work: () => Promise<void>, everyMs: number, failure: string) =>
  repeat(work, { everyMs, signal: stopping.signal, onError: (error) => log.warn({ error }, failure) })

/** With one cell no directory is read. */
const openFetch = async (): Promise<Fetch> => {
  const directory = createDirectory(directorySource(home.pool), () => performance.now())
  if (otherApis.length > 0) {
    await directory.refresh().catch(() => undefined)
    void repeatUntilStop(directory.refresh, DIRECTORY_READ_MS, 'reading of the cell directory failed')
    const cells = new Map(apis.map(({ name, pool }) => [name, eraseIn(pool)]))
    const deletions = createDeletions(home.pool)
    const tell = async (): Promise<void> => {
      let all = false
      try {
        await tellDeletions(deletions, cells)
        all = true
      } finally {
        metrics.deletionsTold(all)
      }
    }
    void repeatUntilStop(tell, DELETIONS_READ_MS, 'deletions not told')
  }
  return joinCells([homeApi, ...otherApis], directory)
}
const server = createHttpServer(await openFetch())
const started = Promise.all(apis.map((api) => api.start()))
await Promise.race([started, delay(START_MS)])
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
  await Promise.all(apis.map((api) => api.stop()))
  log.info({}, 'stopped')
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(signal))

await started
