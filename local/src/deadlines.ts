// Every wait of the local system and of throwaway systems, in milliseconds, in order of size. The model server's pauses
// are its script's.

/** Between two checks whether Postgres accepts connections. */
export const POSTGRES_CHECK_MS = 10

/** Between two checks of anything else, unless its caller says otherwise. */
export const CHECK_MS = 25

/** Between two tries to take a lock file. */
export const LOCK_CHECK_MS = 50

/** Before Postgres is started again that refused to start. */
export const RESTART_PAUSE_MS = 100

/** Between two checks whether the npm that started the system is still there. */
export const PARENT_CHECK_MS = 1_000

/** One request that asks whether a process is ready. */
export const READY_CHECK_MS = 2_000

/** For opening a connection of the gateway to the database. */
export const CONNECT_MS = 2_000

/** For a process of an earlier start to end after a signal. */
export const LEFTOVER_END_MS = 5_000

/** For Postgres to accept a new start on data that it used until now. */
export const RESTART_MS = 10_000

/** For a process to end after the signal that asks it to. Then it is killed. */
export const END_MS = 20_000

/** How long the gateway waits for PostgREST while nothing moves on their connection. */
export const PROXY_SILENCE_MS = 20_000

/** How long the gateway keeps a connection open between two requests. */
export const KEEP_ALIVE_MS = 60_000

/**
 * For a process to start and become ready. It takes long on a machine with much other work: PostgREST reads the schema
 * anew when one of its queries takes more than 8 s, the limit of its role.
 */
export const START_MS = 60_000

/** For other processes to prepare the template of throwaway systems. Longer than START_MS. */
export const TEMPLATE_MS = 120_000
