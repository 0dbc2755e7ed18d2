import { BlockList } from 'node:net'
import { getConnInfo } from '@hono/node-server/conninfo'
import { bundledCatalog } from '@recto/shared/catalog'
import { AppError } from '@recto/shared/errors'
import { kindContracts } from '@recto/shared/kinds/registry'
import { createLog } from '@recto/shared/log'
import type { AppDeps } from '../app.ts'
import { createMetrics } from '../metrics.ts'
import { createSubscriptions } from '../subscriptions.ts'

/** What an app needs that has no database, and a verifier that accepts the token `good`. */
export const exampleAppDeps = (): AppDeps => ({
  catalog: bundledCatalog(),
  kinds: kindContracts(),
  residency: 'any',
  webhookAllow: [],
  liveRoutes: async () => [],
  readAs: async () => [],
  readHomeAs: async () => [],
  readView: async () => ({ data: [], truncated: false, read_at: '2026-11-29T00:00:00.000Z' }),
  findGeneration: async () => undefined,
  writeAs: async () => {
    throw new Error('no database here')
  },
  writeBeside: async () => {
    throw new Error('no database here')
  },
  inTurn: async () => {
    throw new Error('no database here')
  },
  jobs: {
    check: () => undefined,
    cancel: async () => undefined,
    remove: async () => undefined,
  },
  notifyJobs: () => undefined,
  notifyStatus: () => undefined,
  verify: async (token) => {
    if (token !== 'good') throw new AppError('unauthorized')
    return { userId: 'ann', claims: '{}', expiresAt: Number.POSITIVE_INFINITY }
  },
  subscriptions: createSubscriptions(10, 10),
  streams: { open: () => Promise.reject(new AppError('not_found')) },
  longestWaitMs: 30_000,
  stopping: new AbortController().signal,
  now: Date.now,
  stateOf: async () => [{ name: 'generations', limit: 5, remaining: 3, window_seconds: 300, reset: 60 }],
  policy: async () => [{ name: 'generations', limit: 5, window_seconds: 300 }],
  checks: {
    db: async () => undefined,
    queue: async () => undefined,
    auth: async () => undefined,
    rest: async () => undefined,
    workers: async () => undefined,
    providers: async () => undefined,
  },
  stalledMs: () => 0,
  listening: () => true,
  console: {
    files: new Map(),
    supabaseUrl: 'https://project.supabase.co',
    publishableKey: 'sb_publishable_example',
    localSignIn: false,
  },
  origins: [],
  remoteAddress: (c) => getConnInfo(c).remote.address,
  trustedProxies: new BlockList(),
  metrics: createMetrics({
    queue: async () => [],
    moves: async () => ({ accounts: 0, age_seconds: 0 }),
    pools: [],
    databases: [],
  }),
  log: createLog('api', 'info', { write: () => undefined }),
  logReads: 1,
})
