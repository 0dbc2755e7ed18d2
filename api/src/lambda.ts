// The API as an AWS Lambda function. Every instance answers one request at a time and has one connection to the database
// (of each cell), over which it does not listen: it is frozen between requests. docs/adr/0029-the-api-in-a-lambda-function.md
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { HOME } from '@recto/shared/cells'
import { createPool } from '@recto/shared/database'
import { parseEnv } from '@recto/shared/env'
import { createLog } from '@recto/shared/log'
import { orExit } from '@recto/shared/or-exit'
import { readCatalog } from '@recto/shared/read-catalog'
import { Hono } from 'hono'
import { getConnInfo, handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda'
import type pg from 'pg'
import { type ApiDeps, buildApi } from './build-api.ts'
import { addressesOf, type CellAddress, furtherCells } from './cells/addresses.ts'
import { createDeletions, eraseIn, tellDeletions } from './cells/deletions.ts'
import { createUnfollowedDirectory } from './cells/directory.ts'
import type { Fetch } from './cells/forward.ts'
import { type CellApi, joinCells } from './cells/join-cells.ts'
import { readMoves } from './cells/moves.ts'
import { createReadOn } from './db/read-as.ts'
import { CONNECT_MS, LAMBDA_START_MS, LAMBDA_WAIT_MS, LEFTOVER_MS, QUERY_MS, UNNOTICED_MS } from './deadlines.ts'
import { apiEnvironment } from './environment.ts'
import { createMetrics } from './metrics.ts'
import { readQueueState } from './queue-state.ts'

const env = orExit(parseEnv)({ ...apiEnvironment, RECTO_CELLS: furtherCells }, process.env)
const catalog = orExit(readCatalog)(env.RECTO_MODELS, (path) => readFileSync(path, 'utf8'))
// A line that is not written at once would wait for the next request.
const log = createLog('api', env.LOG_LEVEL, { write: (line) => void process.stdout.write(line) })
const remoteAddress: ApiDeps['remoteAddress'] = (c) => getConnInfo(c).remote.address
const onErrorOf = (cell: string) => (error: unknown) => log.warn({ error, cell }, 'database connection failed')

const poolOf = ({ cell, url }: CellAddress) => {
  const database = { url, prepare: env.PREPARE, connectMs: CONNECT_MS, queryMs: QUERY_MS, max: 1 }
  return createPool({ ...database, name: cell === HOME ? 'recto_api' : `recto_api@${cell}` }, onErrorOf(cell))
}
const [homeAddress, ...otherAddresses] = addressesOf(env)
const homePool = poolOf(homeAddress)
const others = otherAddresses.map((address) => ({ address, pool: poolOf(address) }))
const pools = [homePool, ...others.map(({ pool }) => pool)]
const metrics = createMetrics({
  queue: () => readQueueState(homePool),
  moves: () => readMoves(homePool),
  pools,
  databases: pools,
})

/** The API of a cell, which begins with its first request, or with `start`. */
const open = ({ cell }: CellAddress, pool: pg.Pool): CellApi & { start(): Promise<void> } => {
  const api = buildApi({
    env,
    catalog,
    connections: { writes: pool, reads: pool, readAs: createReadOn(pool), operators: pool },
    readHomeAs: createReadOn(homePool),
    consoleFolder: join(import.meta.dirname, 'console'),
    unnoticedMs: UNNOTICED_MS,
    longestWaitMs: LAMBDA_WAIT_MS,
    shortStreams: true,
    // It ends with its connections when it is not needed any more.
    stalledMs: () => 0,
    // Nothing is missing here without notifications.
    listening: () => true,
    remoteAddress,
    metrics,
    stopping: new AbortController().signal,
    log,
    onError: onErrorOf(cell),
  })
  let started: Promise<void> | undefined
  const start = () => {
    started ??= api.start()
    return started
  }
  const fetch: Fetch = async (request, bindings) => {
    await Promise.race([start(), delay(LAMBDA_START_MS, undefined, { ref: false })])
    return api.app.fetch(request, bindings)
  }
  return { name: cell, pool, fetch, verify: api.verify, start }
}
const home = open(homeAddress, homePool)
const otherApis = others.map(({ address, pool }) => open(address, pool))
const fetchFromCells = joinCells([home, ...otherApis], createUnfollowedDirectory())
void home.start()
if (otherApis.length > 0) {
  const cells = new Map([home, ...otherApis].map(({ name, pool }) => [name, eraseIn(pool)]))
  void tellDeletions(createDeletions(homePool), cells).catch((error) => log.warn({ error }, 'deletions not told'))
}

/** Waits for notifications and reads that the request has left behind: they would travel with the next one. */
const whenQuiet = async (): Promise<void> => {
  const until = performance.now() + LEFTOVER_MS
  const isBusy = () => pools.some(({ totalCount, idleCount }) => totalCount > idleCount)
  await turn()
  while (isBusy() && performance.now() < until) await delay(5)
}

const isText = (type: string): boolean => /^text\/|[/+](json|xml|javascript|x-ndjson)\b/.test(type)
const app = new Hono<{ Bindings: object }>().all('*', (c) => fetchFromCells(c.req.raw, c.env))
const answer = handle(app, { isContentTypeBinary: (type) => !isText(type) })

/** What AWS Lambda calls for each request, from API Gateway, a function URL or a load balancer. */
export const handler = async (event: LambdaEvent, context: LambdaContext) => {
  // A connection that broke while the function was frozen is found broken before it is used.
  await turn()
  const result = await answer(event, context)
  await whenQuiet()
  return result
}
