import { count, logLevel, onOff, postgresUrl } from '@recto/shared/env'
import { allowListVariable } from '@recto/shared/webhooks/allow-list'
import { z } from 'zod'
import { routingPolicies } from './llm/routing.ts'
import { usualTimeouts } from './llm/wire/timeouts.ts'

/** Where health and metrics are served, unless the environment says otherwise. */
const USUAL_PORT = 8788

/** How long a worker that drains the queue runs at most, unless the environment says otherwise. */
const USUAL_ONCE_SECONDS = 300

/** The environment of the worker without keys and base URLs of providers, which depend on the catalog. */
export const workerEnvironment = {
  WORKER_DATABASE_URL: postgresUrl,
  WORKER_LISTEN_DATABASE_URL: postgresUrl.optional(),
  PREPARE: onOff('on'),
  WORKER_SLOTS: count(20, 2000),
  WORKER_DB_CONNECTIONS: count(10, 200),
  /** A worker that drains the queue has no port unless one is given: several may run, or one beside a usual worker. */
  WORKER_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  WORKER_ONCE: onOff('off'),
  WORKER_ONCE_SECONDS: z.coerce.number().int().min(1).max(86_400).optional(),
  HOST: z.string().default('127.0.0.1'),
  SHUTDOWN_DEADLINE_SECONDS: count(10, 600),
  RECTO_ALERT_WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
  RECTO_ALERT_WEBHOOK_SECRET: z
    .string()
    .regex(/^(whsec_)?[A-Za-z0-9+/]+={0,2}$/, 'must be whsec_ and base64')
    .optional(),
  RECTO_WEBHOOK_ALLOW: allowListVariable,
  RECTO_STUB: onOff('off'),
  LOG_LEVEL: logLevel,
}

/** Variables that decide how models are asked. The worker and `npm run providers` read them. */
export const modelEnvironment = {
  RECTO_MODELS: z.string().optional(),
  RECTO_ROUTING: z.enum(routingPolicies).default('fixed'),
  RECTO_DATA_RESIDENCY: z.enum(['any', 'eu']).default('any'),
  RECTO_SCRUB: onOff('off'),
  RECTO_VAULT: onOff('off'),
  RECTO_CACHE_TTL_SECONDS: z.coerce.number().int().min(0).max(31_536_000).default(0),
  MODEL_HEDGE_MS: z.coerce.number().int().min(0).max(600_000).default(0),
  MODEL_FIRST_TOKEN_MS: count(usualTimeouts.firstTokenMs, 600_000),
  MODEL_GAP_MS: count(usualTimeouts.gapMs, 600_000),
  MODEL_TOTAL_MS: count(usualTimeouts.totalMs, 600_000),
}

type Once = { WORKER_ONCE: boolean; WORKER_ONCE_SECONDS?: number | undefined; WORKER_PORT?: number | undefined }

/**
 * How the worker runs: until it is stopped, or (`onceMs`) until the queue is drained, at most for so long. `port`: where
 * health and metrics are served; null for nowhere.
 * @throws Error when variables contradict each other
 */
export const lifetimeOf = (env: Once): { onceMs: number | null; port: number | null } => {
  const { WORKER_ONCE, WORKER_ONCE_SECONDS, WORKER_PORT } = env
  if (WORKER_ONCE) return { onceMs: (WORKER_ONCE_SECONDS ?? USUAL_ONCE_SECONDS) * 1000, port: WORKER_PORT ?? null }
  if (WORKER_ONCE_SECONDS !== undefined)
    throw new Error('WORKER_ONCE_SECONDS is set, but this worker runs until it is stopped: set WORKER_ONCE=on as well')
  return { onceMs: null, port: WORKER_PORT ?? USUAL_PORT }
}
