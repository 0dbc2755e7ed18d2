// Every wait of the worker, in milliseconds, in order of size.

/** Between two statements that write calls before these are sent. A call that starts when no other does waits for nothing. */
export const CALL_STARTS_LINGER_MS = 3

/** Between two notifications of changed statuses, and between two statements that write what is known of running calls. */
export const HINT_LINGER_MS = 20

/**
 * Between two transactions that end runs, in which more runs end and join the next one. A run that ends when no other
 * does waits for nothing.
 */
export const RUN_ENDS_LINGER_MS = 20

/** Between two messages with events of one run to those who watch it. */
export const LIVE_EVENTS_MS = 50

/** Between two checks how long the files of a code review have been parsed. */
export const SYNTAX_CHECK_MS = 100

/** Between two checks how much was read of the connection to a webhook. */
export const WEBHOOK_READ_CHECK_MS = 100

/** How long a worker is idle before it collects garbage. */
export const IDLE_COLLECTION_MS = 100

/** Between any message about a run and one that only says how far its answer is. */
export const LIVE_PROGRESS_MS = 200

/** Between two checks for the result that another generation is making of the same text. */
export const CACHE_POLL_MS = 250

/** Between two checks whether a worker that drains the queue is done. */
export const DRAIN_CHECK_MS = 250

/**
 * The pause before a route is asked again after the first failure of a run. It doubles with each further failure; jitter
 * halves it at most.
 */
export const RETRY_BACKOFF_MS = 500

/** Between two fetches without a notification, for notifications that were lost and jobs that become due. */
export const POLL_MS = 1_000

/** One part of /health or /readyz, and the sign of life of the database in a scrape of the metrics. */
export const HEALTH_CHECK_MS = 1_000

/** The end of the shutdown's time, kept for handing back the jobs that did not end by themselves. */
export const HAND_BACK_MS = 1_000

/** For telling those who watch a run what its result withdraws, before the result is stored. */
export const LIVE_WITHDRAW_MS = 1_000

/** Before a broken LISTEN connection is opened again. */
export const RECONNECT_MS = 1_000

/** How long the rest of an answered request may take before its connection is closed. */
export const CONNECTION_DRAIN_MS = 1_000

/** How long a route is silent beyond what it usually takes, until another one is asked: 2 s, less the time to book that. */
export const SILENCE_BEYOND_USUAL_MS = 1_800

/** Between two checks for jobs of dead workers. */
export const STALE_CHECK_MS = 2_000

/** For one question to a name server about the host of a webhook, which is asked twice. */
export const WEBHOOK_DNS_TRY_MS = 2_000

/** How long any route may be silent, however fast it usually is. */
export const SILENCE_MS = 2_000

/** Between two estimates of what a running request has cost so far. */
export const PROGRESS_MS = 2_000

/** Before a run is tried again when open calls have reserved all of a budget. */
export const BUDGET_WAIT_MS = 2_000

/** After a request without a usage, before its provider is asked for the cost: the provider's record appears late. */
export const SETTLE_LOOKUP_MS = 2_000

/** For parsing the files of a code review with what it suggests: CPU time, of which fifty suggestions need half. */
export const SYNTAX_CPU_MS = 2_000

/** Between two heartbeats of all running jobs. */
export const TOUCH_MS = 3_000

/** For opening a connection to one of the addresses of a webhook's host, of which it tries up to four. */
export const WEBHOOK_DIAL_MS = 3_000

/** How long a connection to a provider is kept open for the next request. Short, because a provider may close it any time. */
export const PROVIDER_IDLE_MS = 4_000

/** For opening a connection to the database. */
export const CONNECT_MS = 5_000

/** Before an alert is posted again that was not accepted. Doubles with each try. */
export const ALERT_AGAIN_MS = 5_000

/** Between two checks for generations without a job, and for jobs in the dead queue. */
export const RECOVERY_EVERY_MS = 5_000

/** Between two checks for calls whose cost is to be settled. */
export const SETTLE_CHECK_MS = 5_000

/** For asking a provider once what a request cost. */
export const LOOKUP_MS = 5_000

/** How old a generation without a job must be to get one: a submission may be about to commit. */
export const ORPHAN_GRACE_MS = 5_000

/** The longest pause that a run spends in the worker. A longer one becomes a delay of the job in the queue. */
export const HELD_WAIT_MS = 5_000

/** How long a route may be silent that nobody has heard lately, so that it is not known what is usual. */
export const UNKNOWN_SILENCE_MS = 10_000

/** A job without a heartbeat for this long has lost its worker. With the check and the poll it runs again within 13 s. */
export const STALE_AFTER_MS = 10_000

/** Before a provider is asked again what a request cost. Grows sixfold with each try. Longer than LOOKUP_MS. */
export const SETTLE_AGAIN_MS = 10_000

/** For parsing the files of a code review in any case, with the wait for those of other reviews. */
export const SYNTAX_MS = 10_000

/** Between two checks whether a LISTEN connection is alive. */
export const LISTEN_CHECK_MS = 10_000

/** For opening a connection to a provider, with its encryption. */
export const PROVIDER_CONNECT_MS = 10_000

/** For the operator's webhook to accept an alert. */
export const ALERT_POST_MS = 10_000

/** For the delivery of a message to a webhook, from the look-up of its host to the status of its answer. */
export const WEBHOOK_POST_MS = 10_000

/** Silence between two frames of a stream with content. Keep-alive comments do not count. */
export const TOKEN_GAP_MS = 15_000

/**
 * How long a worker may have a delivery to a webhook until it is taken for dead: WEBHOOK_POST_MS, and the write behind
 * it.
 */
export const WEBHOOK_LOST_MS = 15_000

/** For a statement. Postgres ends it after 15 s itself, but a connection can break without notice. */
export const QUERY_MS = 20_000

/** How old the measure of the queue may get that admission reads. With recovery it is taken again within 25 s. */
export const QUEUE_HEALTH_MS = 20_000

/** A connection check, from the request of the person to its result. The API waits a little longer. */
export const CONNECTION_CHECK_MS = 20_000

/** From the request to its first token, of content or of reasoning. */
export const FIRST_TOKEN_MS = 30_000

/** From the request to the end of an answer that comes in one piece, because its provider does not stream. */
export const SINGLE_BODY_MS = 30_000

/** After a request's own deadline, before its cost is settled without its worker. For calls that recovery did not find. */
export const SETTLE_GRACE_MS = 30_000

/** The shortest rest of a key without credit, whatever its provider says: its next request would fail as well. */
export const KEY_REST_MS = 30_000

/** Between two checks for what an operator is alerted to. */
export const ALERT_CHECK_MS = 30_000

/** Between two reports of a worker that it can use its routes, and between two checks for reports of others. */
export const ROUTES_EVERY_MS = 30_000

/** How long a generation counts as watched. APIs say it again every 15 s. */
export const WATCHED_MS = 45_000

/**
 * Without a step of the dispatcher for so long, the worker is dead. A step ends by CONNECT_MS and QUERY_MS, or
 * RUN_END_MS.
 */
export const DISPATCHER_STUCK_MS = 60_000

/** How long an answer that was paid for is kept while the database is unreachable. */
export const RETRY_WRITE_MS = 60_000

/** How long deliveries to webhooks are looked for every POLL_MS after the last one. Recovery finds later ones. */
export const WEBHOOK_AWAKE_MS = 60_000

/** Between two prunings of the admissions, and between two checks for alerts that are to be posted again. */
export const PRUNE_EVERY_MS = 60_000

/** One request to a provider, from the first byte sent to the last byte read. */
export const MODEL_REQUEST_MS = 120_000

/** The wait after a 402 for requests in flight, which does not say when they end. The provider's own default. */
export const OWN_CAPACITY_WAIT_MS = 120_000

/** How long a key rests whose account has no credit, or that reached its limit. */
export const CREDIT_REST_MS = 300_000

/** For summing up the usage of one day. */
export const ROLL_UP_MS = 300_000

/** How long a route rests whose quota is used up, when the provider does not say until when. */
export const QUOTA_REST_MS = 300_000

/** A 429 that resets later than this is a used-up quota, not a rate limit. A route whose provider asks for more rests. */
export const QUOTA_THRESHOLD_MS = 300_000

/** How long a run that was aborted may take to end: its last writes, each for RETRY_WRITE_MS while the database is away. */
export const RUN_END_MS = 600_000

/** How much later than it should a provider resets its quotas, or than the clock of this machine says. */
export const RESET_LAG_MS = 600_000

/** Between two checks for texts and calls that are older than their retention. */
export const RETENTION_EVERY_MS = 600_000

/** How long after its creation a generation waits for a provider to recover before it fails. */
export const NO_ROUTE_WAIT_MS = 1_800_000

/** The longest pause between two tries to post an alert. */
export const ALERT_LONGEST_PAUSE_MS = 3_600_000

/** The longest delay of a job. What would take longer is a failure. */
export const LONGEST_DELAY_MS = 3_600_000

/** Between two checks for old prices. */
export const PRICE_CHECK_MS = 86_400_000

/** The longest wait that is accepted from a provider, unless it is for the reset of a quota. */
export const LONGEST_RETRY_AFTER_MS = 86_400_000

/** The longest rest of a route or a key whose quota is used up: no quota is for longer than a month. */
export const LONGEST_QUOTA_REST_MS = 31 * 86_400_000

/** What a provider gives as the wait for a reset and is longer than this is an error of the provider. */
export const LONGEST_QUOTA_WAIT_MS = 366 * 86_400_000
