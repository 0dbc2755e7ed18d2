import pg from 'pg'

/** A statement with a name is planned once per connection. */
export type Statement = { name: string; text: string; values?: unknown[] }

/** A connection inside a transaction. Statements sent without waiting travel together: the connections are pipelined. */
export type Tx = Pick<pg.ClientBase, 'query'>

const { builtins } = pg.types

/**
 * `2026-11-21 03:05:23.1234+00` -> `2026-11-21T03:05:23.123400Z`: a Date would lose the microseconds that cursors need, and
 * always six digits keep the order of times that of their texts.
 */
const isoTime = (text: string): string =>
  text.endsWith('+00')
    ? `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(6, '0')}Z`
    : new Date(text).toISOString()

/** The same for a time inside JSON, which Postgres writes as `2026-11-21T03:05:23.1234+00:00` for a connection in UTC. */
export const isoOfJson = (text: string): string => isoTime(text.replace(/\+00:00$/, '+00'))

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === builtins.TIMESTAMPTZ && format !== 'binary' ? isoTime : pg.types.getTypeParser(oid, format),
}

export type PoolOptions = {
  url: string
  /** Shown in pg_stat_activity. */
  name: string
  max: number
  /** How long to wait for a connection before giving up, in milliseconds. */
  connectMs: number
  /** How long a statement may take as seen from here, in milliseconds; a connection that exceeds it is given up. */
  queryMs?: number
}

/** What a connection is given in one round of the event loop leaves in one write: writing costs more than most statements do. */
const writeTogether = (client: pg.PoolClient): void => {
  const { stream } = client.connection
  const query = client.query.bind(client)
  const queryTogether = (...args: Parameters<typeof query>) => {
    if (stream.writableCorked === 0) {
      stream.cork()
      setImmediate(() => stream.uncork())
    }
    return query(...args)
  }
  Object.assign(client, { query: queryTogether })
}

const ignore = () => undefined

/** `onError` hears of idle connections that broke; the pool replaces them by itself. */
export const createPool = (
  { url, name, max, connectMs, queryMs }: PoolOptions,
  onError: (error: Error) => void,
): pg.Pool => {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: name,
    max,
    connectionTimeoutMillis: connectMs,
    ...(queryMs === undefined ? {} : { query_timeout: queryMs }),
    keepAlive: true,
    pipeline: true,
    types,
  })
  pool.on('connect', writeTogether)
  pool.on('error', onError)
  // From when the pool hands a connection out until its user listens, nobody would hear that it broke, and the process end.
  pool.on('connect', (client) => client.on('error', ignore))
  return pool
}

/** Runs `work` between begin and commit; rolls back when it throws. A connection that failed to roll back is thrown away. */
export const inTransaction = async <T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> => {
  const client = await pool.connect()
  let broken: Error | undefined
  const onBroken = (error: Error) => {
    broken = error
  }
  client.on('error', onBroken)
  try {
    const begun = client.query('begin')
    const [, result] = await Promise.all([begun, work(client)])
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(onBroken)
    throw error
  } finally {
    client.off('error', onBroken)
    client.release(broken)
  }
}

/** The SQLSTATE of a database error, or undefined for any other error. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined

/** As the system names a connection that failed; of several addresses too, whose common error has no message. */
const isSystemError = (error: Error): boolean => 'code' in error && /^E(?!RR_)[A-Z_]+$/.test(String(error.code))

/** Whether the database could not be reached or went away, in contrast to having answered that something is wrong. */
export const isUnreachable = (error: unknown): boolean => {
  const state = sqlState(error)
  // Class 08: connection; 57P0x: shut down, crashed, starting; 53300: no connection left; 57014: over statement_timeout;
  // 25P03: the process was frozen inside a transaction, and its connection was ended meanwhile; 55P03: over lock_timeout.
  if (state !== undefined) return /^(08...|57P0.|53300|57014|25P03|55P03)$/.test(state)
  return error instanceof Error && (isSystemError(error) || /timeout|terminated|not queryable/i.test(error.message))
}
