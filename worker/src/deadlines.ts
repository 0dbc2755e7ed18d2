// Every wait of the worker, in milliseconds, in order of size.

/** How long the booking of one answer may hold up the next. */
export const SEMAPHORE_HOLD_MS = 100

/** Between two looks for the cards that another generation is making of the same text. */
export const CACHE_POLL_MS = 250

/** First pause before the same provider is asked again; doubles with each retry, halved at most by jitter. */
export const RETRY_BACKOFF_MS = 500

/** First look for work after a notification was lost, and for jobs that become due: those send none. */
export const POLL_MS = 1_000

/** One part of /health or /readyz. */
export const HEALTH_CHECK_MS = 1_000

/** What is kept of the shutdown's deadline for handing back the jobs that did not end by themselves. */
export const HAND_BACK_MS = 1_000

/** Before a broken LISTEN connection is tried again. */
export const RECONNECT_MS = 1_000

/** How long the tail of an answered request may take to end before its connection is given up. */
export const CONNECTION_DRAIN_MS = 1_000

/** Between two looks for jobs whose worker fell silent. */
export const STALE_CHECK_MS = 2_000

/** Before a run is tried again for which the calls under way have booked all of a budget. */
export const BUDGET_WAIT_MS = 2_000

/** After a request whose usage was lost, before its provider is asked what it cost: the record appears a little later. */
export const SETTLE_LOOKUP_MS = 2_000

/** Between two heartbeats of all running jobs. */
export const TOUCH_MS = 3_000

/** For a connection to the database. */
export const CONNECT_MS = 5_000

/** Before an alert that was not taken is posted again; doubles with each try. */
export const ALERT_AGAIN_MS = 5_000

/** Between two looks for generations without a job, and for jobs in the dead queue. */
export const SWEEP_EVERY_MS = 5_000

/** Between two looks for calls whose cost is to be settled. */
export const SETTLE_CHECK_MS = 5_000

/** For one question to a provider what a request cost. */
export const LOOKUP_MS = 5_000

/** How long a generation may be without a job before it is taken for an orphan: a submission may be about to commit. */
export const ORPHAN_GRACE_MS = 5_000

/** The longest pause a worker sits out itself; a longer one goes back to the queue as a delay. */
export const HELD_WAIT_MS = 5_000

/** A job without a heartbeat for this long belongs to a dead worker. With the check and the poll: run again within 13 s. */
export const STALE_AFTER_MS = 10_000

/** Before a provider is asked again what a request cost; six times longer with each try. Longer than LOOKUP_MS. */
export const SETTLE_AGAIN_MS = 10_000

/** A LISTEN connection is tried this often, so that one that died without a word is noticed. */
export const LISTEN_CHECK_MS = 10_000

/** Silence between two frames of a stream that carry something; keep-alive comments do not count. */
export const TOKEN_GAP_MS = 15_000

/** For the operator's webhook to take an alert. */
export const ALERT_POST_MS = 10_000

/** For a statement as seen from here. Postgres ends it after 15 s itself, but a connection may die without a word. */
export const QUERY_MS = 20_000

/** How old the measure of the queue may get, by which submissions are refused. With the sweep: taken again within 25 s. */
export const QUEUE_HEALTH_MS = 20_000

/** From the request to its first token, of content or of reasoning. */
export const FIRST_TOKEN_MS = 20_000

/** A connection test, from being asked for to its result: the API waits a little longer (its TEST_WAIT_MS). */
export const CONNECTION_CHECK_MS = 30_000

/** Past its own deadline a request's worker is taken for dead, and what it cost is settled without it. */
export const SETTLE_GRACE_MS = 30_000

/** A key without credit rests at least for so long, whatever its provider says: its next request would fail like the last. */
export const KEY_REST_MS = 30_000

/** Between two words of a worker that it can use its routes; also how often it looks for news of them that it missed. */
export const ROUTES_EVERY_MS = 30_000

/** How long an answer that was paid for is held while the database cannot be reached. */
export const RETRY_WRITE_MS = 60_000

/** Between two prunings of the admission ledger, and two looks for alerts that are to be sent again. */
export const PRUNE_EVERY_MS = 60_000

/** One request to a provider, from first byte sent to last byte read. */
export const MODEL_REQUEST_MS = 120_000

/** A 402 for requests in flight says nothing of when they end; the provider's own default. */
export const OWN_CAPACITY_WAIT_MS = 120_000

/** A key whose account has no credit, or that reached its limit, is tried again then. */
export const CREDIT_REST_MS = 300_000

/** For the usage of one day of everybody to be summed up. */
export const ROLL_UP_MS = 300_000

/** So long rests a route whose quota is used up, when nobody says until when. */
export const QUOTA_REST_MS = 300_000

/** A 429 whose reset is further off than this is a quota, not a rate. */
export const QUOTA_THRESHOLD_MS = 300_000

/** Between two looks for texts and calls whose time is over. */
export const RETAIN_EVERY_MS = 600_000

/** How long after its creation a generation waits for a provider to come back, before it fails. */
export const RESTING_PATIENCE_MS = 1_800_000

/** Between two tries to post an alert, at most. */
export const ALERT_LONGEST_PAUSE_MS = 3_600_000

/** The longest that a job is put off; what takes longer is a failure. */
export const LONGEST_DELAY_MS = 3_600_000

/** No provider's hint is believed beyond this. */
export const LONGEST_HINT_MS = 86_400_000
