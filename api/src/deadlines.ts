/**
 * Every wait of the API process, in milliseconds, shortest first. The deadline of a request is the sum of its waits.
 */

/** How long ids are gathered between two notifications of generations that are watched. */
export const WATCH_LINGER_MS = 20

/** How long the measure of one cell's queue is waited for. Shorter than MEASURE_MS, which bounds all of them. */
export const QUEUE_STATE_MS = 900

/** The check of one service for a health answer, and how long that answer is reused. */
export const HEALTH_CHECK_MS = 1_000

/** Whether a cell answers, when one is chosen for a new person. */
export const CELL_CHECK_MS = 1_000

/** Between attempts to reach a database or a key set that is down. */
export const RECONNECT_MS = 1_000

/** Between two looks at what is due in the event streams. Their other times are multiples of it. */
export const STREAM_TICK_MS = 1_000

/** Between reads of a connection check's result, in case its notification was lost. */
export const CHECK_POLL_MS = 1_000

/** Between two reads of where accounts live, in a deployment of several cells. */
export const DIRECTORY_READ_MS = 1_000

/** Between reads of a generation while a request waits for a change, where no change is notified. */
export const UNNOTICED_MS = 1_000

/** For the database calls that a request leaves behind, before a Lambda function may be frozen. */
export const LEFTOVER_MS = 1_000

/** How long a scrape of the metrics waits for the measure of the queue, and for a sign of life of each database. */
export const MEASURE_MS = 1_000

/** How long no event stream is closed until garbage is collected. */
export const COLLECT_IDLE_MS = 2_000

/** From the stop of a generation until its readers are told that no more of its text will be stored. */
export const STOPPED_TEXT_MS = 2_000

/** For a connection of the pool. */
export const CONNECT_MS = 2_000

/** For one view of operators, ended by the database. */
export const OPERATOR_QUERY_MS = 3_000

/** For one request to the project's auth service. */
export const AUTH_REQUEST_MS = 3_000

/** How long a new process waits for the queue before it listens. Before that it would refuse submissions. */
export const START_MS = 5_000

/** For the queue, when a Lambda function starts and a request waits for it. */
export const LAMBDA_START_MS = 5_000

/** Between reads of a generation while a request waits for a change, in case the notification was lost. */
export const BACKSTOP_MS = 5_000

/** Between tests of the listening connection. */
export const LISTEN_CHECK_MS = 5_000

/** Between two looks for readers of event streams who take nothing. */
export const STREAM_STALL_CHECK_MS = 5_000

/** How long data that is the same for everybody (limits, live routes) is cached. */
export const FRESH_MS = 5_000

/** For one statement, measured by the client. The role's statement_timeout (5 s) ends it on the server first. */
export const QUERY_MS = 6_000

/** Between two looks for people who were deleted in Auth and live in another cell. */
export const DELETIONS_READ_MS = 10_000

/** For the turn of a view of operators: they are read one after the other. */
export const OPERATOR_WAIT_MS = 10_000

/** Between two pings of an event stream. */
export const STREAM_PING_MS = 15_000

/** For the turn of a write, in front of the connections. A burst of a thousand submissions takes a few seconds. */
export const WRITE_WAIT_MS = 15_000

/** The longest wait of `?wait=` in a Lambda function: API Gateway ends a request after 29 s. */
export const LAMBDA_WAIT_MS = 20_000

/**
 * From the request of a connection check until its caller is told that no worker answered. Workers end a check before, and
 * API Gateway ends a request to a Lambda function after 29 s.
 */
export const CHECK_WAIT_MS = 24_000

/** The longest wait of `?wait=`. */
export const WAIT_MAX_MS = 30_000

/** Between reads of a generation for an event stream, in case a notification was lost or the right to read it. */
export const STREAM_READ_MS = 30_000

/** How long the reader of an event stream may take nothing of what was sent. */
export const STREAM_STALLED_MS = 30_000

/** Without a measure of the queue for so long, no worker is alive. Workers take one every 25 s. */
export const WORKER_SEEN_MS = 60_000

/** All connections lent for so long, and none given back, mean that this process has lost them. */
export const POOL_STUCK_MS = 60_000

/** How long a change of the directory of accounts may come behind later ones: commits do not come in order. */
export const DIRECTORY_OVERLAP_MS = 60_000

/** The window in which requests without a valid token are counted by address. */
export const REFUSED_WINDOW_MS = 60_000

/** How long a verified token is not verified again. Its `exp` is checked each time. */
export const TOKEN_TRUST_MS = 60_000

/**
 * How long a key set is used before it is fetched again, and how long it is used at most while it cannot be fetched.
 */
export const KEY_SET_FRESH_MS = 10 * 60_000
export const KEY_SET_USABLE_MS = 60 * 60_000
