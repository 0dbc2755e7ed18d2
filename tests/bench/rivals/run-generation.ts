// What users of another queue write with Recto's parts: the claim, call, gate and commit of one generation by itself.
import { bundledCatalog } from '@recto/shared/catalog'
import { createPool, type Statement } from '@recto/shared/database'
import { createLog } from '@recto/shared/log'
import { createNotify } from '@recto/shared/notify'
import { channels } from '@recto/shared/queue'
import { naming } from '@recto/shared/transaction'
import { createCallProgress } from '../../../worker/src/calls/call-progress.ts'
import { createCallRecorder } from '../../../worker/src/calls/call-recorder.ts'
import { createFinishCall } from '../../../worker/src/calls/ended-call.ts'
import { createStartCall } from '../../../worker/src/calls/started-call.ts'
import { systemClock } from '../../../worker/src/clock.ts'
import { HINT_LINGER_MS } from '../../../worker/src/deadlines.ts'
import { createCache } from '../../../worker/src/generation/cache.ts'
import { createGenerate } from '../../../worker/src/generation/generate.ts'
import { createProcess } from '../../../worker/src/generation/process.ts'
import { readRun } from '../../../worker/src/generation/run.ts'
import { createStore } from '../../../worker/src/generation/store.ts'
import { findKind } from '../../../worker/src/kinds/registry.ts'
import { createLive } from '../../../worker/src/live/live.ts'
import { createAsk } from '../../../worker/src/llm/ask.ts'
import { createKeyRing } from '../../../worker/src/llm/keys/key-ring.ts'
import { routesOf } from '../../../worker/src/llm/route.ts'
import { createRoutePool } from '../../../worker/src/llm/route-pool.ts'
import { createClient } from '../../../worker/src/llm/wire/client.ts'
import { usualTimeouts } from '../../../worker/src/llm/wire/timeouts.ts'
import { settings } from './settings.ts'

const { reportTo, more } = settings
const log = createLog('worker', 'info')
const pool = createPool({ url: String(more.workUrl), name: 'rival_work', max: 10, connectMs: 5_000 }, () => undefined)
const query = (statement: Statement) => pool.query(statement)

/** Nobody watches. */
const live = createLive({ notify: async () => undefined, now: systemClock.steady, onError: () => undefined })

const scope = naming({ across: 'claims' }, '$2')

/** The bench has no second tries, so there are no earlier calls to count. */
const claimStatement = (id: string): Statement => ({
  name: 'claim',
  text: `with scope as materialized (select ${scope.sql})
    update public.ai_generations g set status = 'running', attempts = g.attempts + 1, delivered_at = clock_timestamp(),
      started_at = coalesce(g.started_at, clock_timestamp()), ai_metadata = '{}'
    from scope where g.id = $1 and g.status = 'pending'
    returning g.id, g.user_id as "userId", g.account_id as "accountId", g.request_id as "requestId", g.traceparent,
      g.kind, g.source_text as "sourceText", g.input, g.model, g.prompt_version as "promptVersion", g.options,
      g.attempts as attempt, g.data_residency as "dataResidency", g.optimize, null as "maxTotalTokens", 0 as "usedTokens", 0 as "unmeasuredCalls", 0 as "unusableAnswers", 0 as "failedCalls",
      to_jsonb(recto.account_policy(g.account_id)) as "accountPolicy",
      round(extract(epoch from clock_timestamp() - g.created_at) * 1000)::float8 as "waitedMs", 0 as "queuedMs"`,
  values: [id, scope.value],
})

const settledByTheQueue = async () => {
  throw new Error('the queue of the rival settles its jobs itself, and every generation of the bench succeeds')
}
const jobs = {
  touch: settledByTheQueue,
  remove: settledByTheQueue,
  retry: settledByTheQueue,
  release: settledByTheQueue,
  renew: settledByTheQueue,
}
/** No job of Recto's queue has this time of delivery, so the end of a run deletes none. */
const job = { priority: 0, retryCount: 0, retryLimit: 0, deliveredAt: new Date(0).toISOString() }

const notifyStatus = createNotify(
  (id) => query({ name: 'notify', text: 'select pg_notify($1, $2)', values: [channels.status, id] }),
  HINT_LINGER_MS,
)
const catalog = bundledCatalog()
const routePool = createRoutePool({
  routes: routesOf(catalog, usualTimeouts),
  providers: {
    openrouter: {
      client: createClient({ baseURL: reportTo ?? '' }),
      keys: createKeyRing(['bench'], { now: systemClock.steady }),
    },
  },
  now: systemClock.steady,
  random: Math.random,
})
const ask = createAsk({ routePool, clock: systemClock, random: Math.random, hedgeMs: null })
const routing = () => ({
  routes: routePool.usable(),
  policy: 'fixed' as const,
  random: Math.random,
  latencyOf: routePool.latencyOf,
})
const cache = createCache({ ttlSeconds: null, query, clock: systemClock })
// Nobody waits for the ids of requests, so that they are written now and then, as in any app that watches its cost.
const progress = createCallProgress(query, () => undefined, HINT_LINGER_MS)

/** Runs one delivered generation to its end. A store and a recorder of its own have no other run to share a write with. */
export const runGeneration = async (id: string): Promise<void> => {
  const [claimed] = (await query(claimStatement(id))).rows
  if (claimed === undefined) return
  notifyStatus(id)
  const recording = {
    onCall: () => undefined,
    progress,
    start: createStartCall(query),
    finish: createFinishCall(query),
  }
  const processJob = createProcess({
    store: createStore({
      pool,
      jobs,
      notifyStatus,
      notifyJobs: () => undefined,
      promote: () => undefined,
      wakeWebhooks: () => undefined,
      retryWrite: (write) => write(),
    }),
    planning: { catalog, findKind, residency: 'any', scrub: false },
    cache,
    generate: createGenerate({
      routing,
      ask,
      recorderOf: ({ attempt, accountId, endedCalls }, residency, onGone) =>
        createCallRecorder(recording, { purpose: 'generation', id, attempt, accountId, endedCalls }, residency, onGone),
      live,
      random: Math.random,
    }),
    random: Math.random,
    log,
    onEnd: () => undefined,
  })
  await processJob({ ...job, id, run: readRun(claimed) }, new AbortController().signal, () => undefined)
}
