/** Every wait of the API process, in milliseconds, shortest first. A request's own deadline is the sum of the waits on its way. */

/** One service's part of a health answer; also how long that answer is reused. */
export const HEALTH_CHECK_MS = 1_000

/** Between attempts to reach a database or a key set that is down. */
export const RECONNECT_MS = 1_000

/** Between looks at whether a connection test is done, in case its notification was lost. */
export const CHECK_POLL_MS = 1_000

/** A free connection of the pool, or a new one. */
export const CONNECT_MS = 2_000

/** One request to the project's auth service. */
export const AUTH_REQUEST_MS = 3_000

/** Between re-reads of a held status, in case its notification was lost. */
export const BACKSTOP_MS = 5_000

/** Between looks at whether the listening connection still lives. */
export const LISTEN_CHECK_MS = 5_000

/** What is the same for everybody (limits, live routes) is read again after this. */
export const FRESH_MS = 5_000

/** One statement, seen from here; the role's statement_timeout (5 s) ends it on the server before that. */
export const QUERY_MS = 6_000

/** The longest hold of `?wait=`. */
export const WAIT_MAX_MS = 30_000

/** From asking the workers for a connection test to giving up on them. */
export const CHECK_WAIT_MS = 35_000

/** A token that was verified is trusted for this long without being verified again (its `exp` is looked at each time). */
export const TOKEN_TRUST_MS = 60_000

/** A key set is used this long before it is fetched again, and this long at all while it cannot be. */
export const KEY_SET_FRESH_MS = 10 * 60_000
export const KEY_SET_USABLE_MS = 60 * 60_000
