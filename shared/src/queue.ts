/** The queue: its names, how it treats a job, and the channels on which processes hint each other. See docs/adr/0003. */

export const queueSchema = 'pgboss'

/** A job's id is its generation's id, and its data names it once more for the dead queue's copy: everything is read again at claim. */
export const generationQueue = 'generation'

/** Where a job ends that used up its tries without its generation being settled: its workers died. */
export const deadQueue = 'generation_dead'

/** Messages of used up budgets, on their way to the operator's webhook. */
export const alertQueue = 'budget_alert'

/** Deliveries of one job: the first and the retries. */
export const retryLimit = 3

export const queueOptions = {
  retryLimit,
  /** A job whose worker died runs again at once; after a failure the worker sets the delay itself (worker/src/generation/backoff.ts). */
  retryDelay: 0,
  retryBackoff: false,
  /** Workers find silent ones themselves, sooner and knowing of outages (worker/src/maintenance/): pg-boss is only the second net. */
  heartbeatSeconds: 120,
  /** Longer than any run may take; a run's own deadlines are in worker/src/deadlines.ts. */
  expireInSeconds: 7200,
  retentionSeconds: 14 * 86_400,
  /** Finished jobs are noise: the generation holds what happened. */
  deleteAfterSeconds: 600,
  deadLetter: deadQueue,
} as const

/** For about half a day a webhook may be down before its messages are given up. */
export const alertQueueOptions = {
  retryLimit: 20,
  /** Of one whose worker died; else the worker sets the delay (worker/src/alerts/send.ts). */
  retryDelay: 60,
  retryBackoff: false,
  /** Longer than a delivery may take; one whose worker died is sent again. */
  expireInSeconds: 60,
  retentionSeconds: 14 * 86_400,
  deleteAfterSeconds: 600,
} as const

/** Sent after commit and only as a hint: a NOTIFY inside a transaction serialises every commit behind one lock. */
export const channels = {
  /** A job was added. No payload. */
  jobs: 'recto_jobs',
  /** Generations changed their status. Payload: their ids, separated by commas. */
  status: 'recto_status',
  /** A person cancelled or deleted a generation. Payload: its id. */
  cancel: 'recto_cancel',
  /** A worker has news of a route. No payload. */
  routes: 'recto_routes',
  /** A person asks whether a model answers. Payload: the id of the connection check. */
  tests: 'recto_connection_checks',
} as const

/**
 * Any job of a plan's higher band (0 to 100; what is beyond counts as these) is before all of a lower one. Within a band it is
 * fair between people: the k-th job that a person has in flight ranks behind the first ones of others. Fits pg-boss's int4.
 */
export const priorityOf = (inFlight: number, band: number): number =>
  Math.min(100, Math.max(0, band)) * 10_000_000 - Math.min(inFlight, 1_000_000)

export type JobData = { generation_id: string }

/** The key of the alert's row. `month`: its first day, as YYYY-MM-DD. */
export type AlertJobData = { account_id: string; month: string; threshold: number }
