// The API as an AWS Lambda function. Every instance answers one request at a time and has one connection to the database,
// over which it does not listen: it is frozen between requests. docs/adr/0029-the-api-in-a-lambda-function.md
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { createPool } from '@recto/shared/database'
import { parseEnv } from '@recto/shared/env'
import { createLog } from '@recto/shared/log'
import { orExit } from '@recto/shared/or-exit'
import { readCatalog } from '@recto/shared/read-catalog'
import { getConnInfo, handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda'
import { buildApi } from './build-api.ts'
import { readMoves } from './cells/moves.ts'
import { createReadOn } from './db/read-as.ts'
import { CONNECT_MS, LAMBDA_START_MS, LAMBDA_WAIT_MS, LEFTOVER_MS, QUERY_MS, UNNOTICED_MS } from './deadlines.ts'
import { apiEnvironment } from './environment.ts'
import { createMetrics } from './metrics.ts'
import { readQueueState } from './queue-state.ts'

const env = orExit(parseEnv)(apiEnvironment, process.env)
const catalog = orExit(readCatalog)(env.RECTO_MODELS, (path) => readFileSync(path, 'utf8'))
// A line that is not written at once would wait for the next request.
const log = createLog('api', env.LOG_LEVEL, { write: (line) => void process.stdout.write(line) })
const onError = (error: unknown) => log.warn({ error }, 'database connection failed')
const only = {
  url: env.API_DATABASE_URL,
  prepare: env.PREPARE,
  name: 'recto_api',
  max: 1,
  connectMs: CONNECT_MS,
  queryMs: QUERY_MS,
}
const pool = createPool(only, onError)

const api = buildApi({
  env,
  catalog,
  connections: { writes: pool, reads: pool, readAs: createReadOn(pool), operators: pool },
  consoleFolder: join(import.meta.dirname, 'console'),
  unnoticedMs: UNNOTICED_MS,
  longestWaitMs: LAMBDA_WAIT_MS,
  shortStreams: true,
  // It ends with its connections when it is not needed any more.
  stalledMs: () => 0,
  // Nothing is missing here without notifications.
  listening: () => true,
  remoteAddress: (c) => getConnInfo(c).remote.address,
  metrics: createMetrics({ queue: () => readQueueState(pool), moves: () => readMoves(pool), pools: [pool] }),
  stopping: new AbortController().signal,
  log,
  onError,
})
const started = api.start()

/** Waits for notifications and reads that the request has left behind: they would travel with the next one. */
const whenQuiet = async (): Promise<void> => {
  const until = performance.now() + LEFTOVER_MS
  await turn()
  while (pool.totalCount > pool.idleCount && performance.now() < until) await delay(5)
}

const isText = (type: string): boolean => /^text\/|[/+](json|xml|javascript|x-ndjson)\b/.test(type)
const answer = handle(api.app, { isContentTypeBinary: (type) => !isText(type) })

/** What AWS Lambda calls for each request, from API Gateway, a function URL or a load balancer. */
export const handler = async (event: LambdaEvent, context: LambdaContext) => {
  // A connection that broke while the function was frozen is found broken before it is used.
  await turn()
  await Promise.race([started, delay(LAMBDA_START_MS, undefined, { ref: false })])
  const result = await answer(event, context)
  await whenQuiet()
  return result
}
