// Every wait of the worker, in milliseconds, in order of size.

/** How long recording one call may delay the next one. */
export const SEMAPHORE_HOLD_MS = 100

/** Between two reads of the cache while another generation makes the result of the same text. */
export const CACHE_POLL_MS = 250

/** First pause before a retry at the same provider. It doubles with each retry; jitter shortens it by up to half. */
export const RETRY_BACKOFF_MS = 500

/** Between two polls of the queue, for lost notifications and for jobs that become due without one. */
export const POLL_MS = 1_000

/** For the check of one service for /health or /readyz. */
export const HEALTH_CHECK_MS = 1_000

/** The end of the shutdown deadline that is reserved for returning running jobs to the queue. */
export const HAND_BACK_MS = 1_000

/** Before a broken LISTEN connection is opened again. */
export const RECONNECT_MS = 1_000

/** How long the rest of an answered request may take before its connection is closed. */
export const CONNECTION_DRAIN_MS = 1_000

/** Between two searches for jobs whose worker is silent. */
export const STALE_CHECK_MS = 2_000

/** Before a run is tried again when calls under way have reserved all that is left of a budget. */
export const BUDGET_WAIT_MS = 2_000

/**
 * After a request whose usage was lost, before its provider is asked for the cost. Providers record it a little later.
 */
export const SETTLE_LOOKUP_MS = 2_000

/** Between two heartbeats of all running jobs. */
export const TOUCH_MS = 3_000

/** For a connection to the database. */
export const CONNECT_MS = 5_000

/** Before an alert that the webhook did not accept is posted again. It doubles with each try. */
export const ALERT_AGAIN_MS = 5_000

/** Between two passes of recovery: orphans, dead-letter jobs, and budgets that were raised. */
export const RECOVER_EVERY_MS = 5_000

/** Between two searches for calls to settle. */
export const SETTLE_CHECK_MS = 5_000

/** For one lookup of a request's cost at a provider. */
export const LOOKUP_MS = 5_000

/** How long a generation may be without a job before it counts as an orphan: its submission may be about to commit. */
export const ORPHAN_GRACE_MS = 5_000

/** The longest pause before a retry that a worker waits for itself. A longer one becomes a delay in the queue. */
export const HELD_WAIT_MS = 5_000

/** A job without a heartbeat for so long belongs to a dead worker. With check and poll, it runs again within 13 s. */
export const STALE_AFTER_MS = 10_000

/**
 * Before a provider is asked again for the cost of a request. Each try waits six times longer. Longer than LOOKUP_MS.
 */
export const SETTLE_AGAIN_MS = 10_000

/** Between two tests of the LISTEN connection, so that a dead one is noticed. */
export const LISTEN_CHECK_MS = 10_000

/** Between two frames of a stream that carry content. Keep-alive comments do not count. */
export const TOKEN_GAP_MS = 15_000

/** For the operator's webhook to accept an alert. */
export const ALERT_POST_MS = 10_000

/** For a statement, measured by the client. Postgres ends it after 15 s, but a dead connection reports nothing. */
export const QUERY_MS = 20_000

/** How old the measure of the queue may become, by which submissions are denied. Recovery renews it within 25 s. */
export const QUEUE_HEALTH_MS = 20_000

/** From a request to its first token, of content or of reasoning. */
export const FIRST_TOKEN_MS = 20_000

/** For a connection check, from its request to its result. The API waits a little longer (its CHECK_WAIT_MS). */
export const CONNECTION_CHECK_MS = 30_000

/** After the deadline of a request, before its worker counts as dead and its cost is settled without it. */
export const SETTLE_GRACE_MS = 30_000

/** The shortest rest of a key without credit, whatever its provider says: its next request would fail too. */
export const KEY_REST_MS = 30_000

/** Between two reports of a worker that it can use its routes, and between two reads of the other workers' reports. */
export const ROUTES_EVERY_MS = 30_000

/** How long a result that was paid for is kept while the database cannot be reached. */
export const RETRY_WRITE_MS = 60_000

/** Between two prunings of the admission ledger, roll-ups of usage, and deliveries of alerts that failed. */
export const PRUNE_EVERY_MS = 60_000

/** For one request to a provider, from the first byte sent to the last byte read. */
export const MODEL_REQUEST_MS = 120_000

/**
 * The pause after a 402 for too many requests in flight, which does not say when they end. It is the provider's
 * default.
 */
export const OWN_CAPACITY_WAIT_MS = 120_000

/** How long a key without credit, or at its limit, rests. */
export const CREDIT_REST_MS = 300_000

/** For the roll-up of one day of usage. */
export const ROLL_UP_MS = 300_000

/** How long a route without quota rests when the provider does not say until when. */
export const QUOTA_REST_MS = 300_000

/** A 429 with a longer reset is a quota, not a rate. */
export const QUOTA_THRESHOLD_MS = 300_000

/** Between two applications of retention. */
export const RETENTION_EVERY_MS = 600_000

/** How long after its creation a generation waits for a route before it fails. */
export const NO_ROUTE_WAIT_MS = 1_800_000

/** The longest pause between two deliveries of an alert. */
export const ALERT_LONGEST_PAUSE_MS = 3_600_000

/** The longest delay of a job. A failure that needs a longer one is final. */
export const LONGEST_DELAY_MS = 3_600_000

/** The longest Retry-After that is accepted from a provider. */
export const LONGEST_RETRY_AFTER_MS = 86_400_000
