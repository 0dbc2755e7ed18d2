// Runs the worker's own claim, call and commit by boss.work in place of the dispatcher.
import { setTimeout as delay } from 'node:timers/promises'
import { bundledCatalog } from '@recto/shared/catalog'
import { createPool, type Statement } from '@recto/shared/database'
import { createLog } from '@recto/shared/log'
import { createNotify } from '@recto/shared/notify'
import { channels, generationQueue, type JobData, queueSchema } from '@recto/shared/queue'
import { PgBoss } from 'pg-boss'
import { createCallProgress } from '../../../worker/src/calls/call-progress.ts'
import { createCallRecorder } from '../../../worker/src/calls/call-recorder.ts'
import { createFinishCall } from '../../../worker/src/calls/ended-call.ts'
import { createStartCall } from '../../../worker/src/calls/started-call.ts'
import { systemClock } from '../../../worker/src/clock.ts'
import { HINT_LINGER_MS } from '../../../worker/src/deadlines.ts'
import { createCache } from '../../../worker/src/generation/cache.ts'
import { createGenerate } from '../../../worker/src/generation/generate.ts'
import { createProcess } from '../../../worker/src/generation/process.ts'
import { createStore } from '../../../worker/src/generation/store.ts'
import { findKind } from '../../../worker/src/kinds/registry.ts'
import { createAsk } from '../../../worker/src/llm/ask.ts'
import { createKeyRing } from '../../../worker/src/llm/keys/key-ring.ts'
import { routesOf } from '../../../worker/src/llm/route.ts'
import { createRoutePool } from '../../../worker/src/llm/route-pool.ts'
import { createClient } from '../../../worker/src/llm/wire/client.ts'
import { usualTimeouts } from '../../../worker/src/llm/wire/timeouts.ts'
import { createJobs } from '../../../worker/src/queue/jobs.ts'
import { ready, settings } from './settings.ts'

const { url, slots, reportTo, more } = settings
const log = createLog('worker', 'info')
const pool = createPool({ url, name: 'boss_work', max: 10, connectMs: 5_000 }, () => undefined)
const boss = new PgBoss({
  connectionString: url,
  max: 10,
  schema: queueSchema,
  migrate: false,
  schedule: false,
  useListenNotify: true,
  superviseIntervalSeconds: 1,
  monitorIntervalSeconds: 1,
  queueCacheIntervalSeconds: 1,
})
boss.on('error', (error) => log.warn({ error }, 'pg-boss'))
await boss.start()

// The store does not delete the jobs that need no run, because boss.work completes them.
const jobs = { ...createJobs(boss, pool), remove: async () => undefined }
const retried = { pool, retryWrite: <T>(write: () => Promise<T>) => write() }
const notify = (channel: string) =>
  createNotify((payload) =>
    pool.query({ name: 'notify', text: 'select pg_notify($1, $2)', values: [channel, payload] }),
  )
const catalog = bundledCatalog()
const routePool = createRoutePool({
  routes: routesOf(catalog, usualTimeouts),
  providers: {
    openrouter: {
      client: createClient({ baseURL: reportTo ?? '' }),
      keys: createKeyRing(['bench'], { now: Date.now }),
    },
  },
  now: Date.now,
  random: Math.random,
})
const query = (statement: Statement) => pool.query(statement)
const recording = {
  onCall: () => undefined,
  progress: createCallProgress(query, () => undefined, HINT_LINGER_MS),
  start: createStartCall(query),
  finish: createFinishCall(query),
}
const processJob = createProcess({
  store: createStore({
    ...retried,
    jobs,
    notifyStatus: notify(channels.status),
    notifyJobs: notify(channels.jobs),
    promote: () => undefined,
  }),
  planning: { catalog, findKind, residency: 'any', scrub: false },
  cache: createCache({ ttlSeconds: null, query, clock: systemClock }),
  generate: createGenerate({
    routing: () => ({ routes: routePool.usable(), policy: 'fixed', latencyOf: routePool.latencyOf }),
    ask: createAsk({ routePool, clock: systemClock, random: Math.random, hedgeMs: null }),
    recorderOf: ({ id, attempt, accountId, endedCalls }, residency, onGone) =>
      createCallRecorder(recording, { purpose: 'generation', id, attempt, accountId, endedCalls }, residency, onGone),
    random: Math.random,
  }),
  random: Math.random,
  log,
  onEnd: () => undefined,
})

const polling = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 }
const options = { ...polling, localConcurrency: slots, ...more, includeMetadata: true } as const
await boss.work<JobData, void, typeof options>(generationQueue, options, async (batch) => {
  const jobs = batch.map((job) => ({
    ...job,
    deliveredAt: new Date(job.startedOn).toISOString(),
    run: null,
  }))
  await Promise.all(jobs.map((job) => processJob(job, job.signal, () => undefined)))
})
await delay(100)
ready()
