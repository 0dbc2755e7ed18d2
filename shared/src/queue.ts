import { z } from 'zod'

/**
 * The queue: its names, how it treats a job, and the channels by which processes notify each other. See docs/adr/0003.
 */

export const queueSchema = 'pgboss'

/**
 * The queue of generations. A job's id is its generation's id. Its data has the id once more, for the copy in the
 * dead-letter queue.
 */
export const generationQueue = 'generation'

/** The dead-letter queue: jobs whose worker died on their last try. */
export const deadQueue = 'generation_dead'

/** The queue of messages to the operator's webhook: budget alerts, incidents, and webhooks that were disabled. */
export const alertQueue = 'budget_alert'

/**
 * The queue of requests to webhooks of accounts. A job's id is its delivery's id, and its group the webhook. A delivery that
 * is to be tried again later has no job until then.
 */
export const webhookQueue = 'webhook'

/** How often a job is retried after its first delivery. */
export const retryLimit = 3

export const queueOptions = {
  retryLimit,
  /**
   * A job whose worker died is retried at once. After a failure the worker sets the delay
   * (worker/src/generation/retry-delay.ts).
   */
  retryDelay: 0,
  retryBackoff: false,
  /**
   * Workers find jobs of dead workers sooner, and allow for outages (worker/src/maintenance/). pg-boss only does it
   * after this.
   */
  heartbeatSeconds: 120,
  /** Longer than any run. The deadlines of a run are in worker/src/deadlines.ts. */
  expireInSeconds: 7200,
  retentionSeconds: 14 * 86_400,
  /** Finished jobs hold nothing that their generations do not. */
  deleteAfterSeconds: 600,
  deadLetter: deadQueue,
} as const

/** With these retries, a webhook may be down for about half a day before its alerts are dropped. */
export const alertQueueOptions = {
  retryLimit: 20,
  /** The delay after a worker died. Otherwise the worker sets the delay (worker/src/alerts/send.ts). */
  retryDelay: 60,
  retryBackoff: false,
  /** Longer than any delivery. An alert whose worker died is sent again. */
  expireInSeconds: 60,
  retentionSeconds: 14 * 86_400,
  deleteAfterSeconds: 600,
} as const

/** A delivery whose job ended without a result becomes due again (recto.recover_deliveries), so the queue retries nothing. */
export const webhookQueueOptions = {
  retryLimit: 0,
  /** Longer than any delivery. Workers find jobs of dead workers sooner. */
  expireInSeconds: 60,
  retentionSeconds: 14 * 86_400,
  deleteAfterSeconds: 600,
} as const

/**
 * The channels of NOTIFY, which is sent after the commit: inside a transaction it serialises all commits behind one
 * lock.
 */
export const channels = {
  /** A job was added. No payload. */
  jobs: 'recto_jobs',
  /** Generations changed their status, or wait for nothing any more. Payload: their ids, separated by commas. */
  status: 'recto_status',
  /** A person cancelled or deleted a generation. Payload: its id. */
  cancel: 'recto_cancel',
  /** The health of a route changed at a worker. No payload. */
  routes: 'recto_routes',
  /** What a model wrote by now, for those who watch (shared/src/live.ts). Payload: a LiveMessage as JSON. */
  live: 'recto_live',
  /** Somebody watches these running generations. Payload: their ids, separated by commas. */
  watch: 'recto_watch',
  /** A person requested a connection check. Payload: its id. */
  connectionChecks: 'recto_connection_checks',
  /** A person sent a webhook a test, or something again. No payload. */
  webhooks: 'recto_webhooks',
} as const

/**
 * The priority of a job in pg-boss (int4). Jobs of a higher band (clamped to 0..100) always run first. Within a band
 * the k-th job of a person ranks behind the first ones of others: `inFlight` is how many jobs the person had before.
 */
export const priorityOf = (inFlight: number, band: number): number =>
  Math.min(100, Math.max(0, band)) * 10_000_000 - Math.min(inFlight, 1_000_000)

/** The band of a job as an SQL expression over its `priority`. */
export const bandOfPriority = 'least(100, greatest(0, (priority::bigint + 9999999) / 10000000))::integer'

export const JobData = z.object({ generation_id: z.guid() })
export type JobData = z.infer<typeof JobData>

/** The key of an alert's row. `month` is its first day, as YYYY-MM-DD. */
export type AlertJobData = { account_id: string; month: string; reason: string; threshold: number }
