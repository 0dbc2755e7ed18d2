import pg from 'pg'
import type { z } from 'zod'
import { libpqUrl } from './libpq-url.ts'

/** A named statement. Postgres plans it once per connection. `query_timeout` in milliseconds, instead of the pool's. */
export type Statement = { name: string; text: string; values?: unknown[]; query_timeout?: number }

/** The answer to a statement. Its rows are read by `rowsOf`. */
export type Answer = { rows: unknown[]; rowCount: number | null }

/**
 * A connection inside a transaction. Connections are pipelined, so statements that are sent without waiting travel
 * together.
 */
export type Tx = { query(statement: pg.QueryConfig | string): Promise<Answer> }

/**
 * The rows of an answer, in the form of `row`. Postgres sends bigint and numeric as text, and a time becomes ISO 8601.
 * @throws z.ZodError for a row of another form
 */
export const rowsOf = <R extends z.ZodType>({ rows }: Answer, row: R): z.output<R>[] =>
  rows.map((found) => row.parse(found))

/**
 * The same for a statement that has changed its rows and is committed: a row of another form goes to `onOther` and does
 * not take along the others.
 */
export const readableRowsOf = <R extends z.ZodType>(
  { rows }: Answer,
  row: R,
  onOther: (error: z.ZodError) => void,
): z.output<R>[] =>
  rows.flatMap((found) => {
    const read = row.safeParse(found)
    if (read.success) return [read.data]
    onOther(read.error)
    return []
  })

const { builtins } = pg.types

/**
 * `2026-11-21 03:05:23.1234+00` -> `2026-11-21T03:05:23.123400Z`. A Date would lose the microseconds that cursors need.
 * With always six digits, times sort like their texts.
 */
const isoTime = (text: string): string =>
  text.endsWith('+00')
    ? `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(6, '0')}Z`
    : new Date(text).toISOString()

/**
 * Converts a time inside JSON, which Postgres writes as `2026-11-21T03:05:23.1234+00:00` for a connection in UTC, like
 * `isoTime`.
 */
export const isoOfJson = (text: string): string => isoTime(text.replace(/\+00:00$/, '+00'))

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === builtins.TIMESTAMPTZ && format !== 'binary' ? isoTime : pg.types.getTypeParser(oid, format),
}

export type PoolOptions = {
  url: string
  /** The application_name in pg_stat_activity. */
  name: string
  max: number
  /** How long to wait for a connection, in milliseconds. One that does not come in time is asked for once more. */
  connectMs: number
  /** How long to wait for a statement, in milliseconds, measured by the client. The connection is closed after that. */
  queryMs?: number
  /**
   * Whether connections keep their session, so that statements are prepared by their names and pipelined. Not through a
   * pooler in transaction mode. On unless given.
   */
  prepare?: boolean
}

/**
 * Writes all statements that a connection gets in one turn of the event loop at once, because a write costs more than
 * most statements.
 */
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

type OnAnswer = (error: Error | null, answer?: pg.QueryResult) => void

/**
 * Sends statements without their names, and each after the answer to the one before. A pooler in transaction mode gives
 * the next transaction any connection: it knows other names, and the rest of what travelled together is lost.
 */
const sendUnnamed = (client: pg.PoolClient): void => {
  const query = client.query.bind(client)
  let before: Promise<unknown> = Promise.resolve()
  const queryUnnamed = (statement: pg.QueryConfig | string, ...rest: [unknown?, OnAnswer?]) => {
    const unnamed = typeof statement === 'string' ? { text: statement } : { ...statement, name: undefined }
    const values = rest.find((argument) => Array.isArray(argument))
    const onAnswer = rest.find((argument): argument is OnAnswer => typeof argument === 'function')
    const answering = before.then(() => query(values === undefined ? unnamed : { ...unnamed, values }))
    before = answering.catch(ignore)
    if (!onAnswer) return answering
    answering.then((answer) => onAnswer(null, answer), onAnswer)
    return undefined
  }
  Object.assign(client, { query: queryUnnamed })
}

type OnConnection = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void

/**
 * A pool that asks a second time for a connection that did not come in time. When a burst holds up the event loop for as
 * long as a connection may take, all connections that are being opened fail together, though the database answers.
 */
class PatientPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>
  override connect(onConnection: OnConnection): void
  override connect(onConnection?: OnConnection): Promise<pg.PoolClient> | undefined {
    const connecting = super.connect().catch((error: unknown) => {
      if (neverConnected(error)) return super.connect()
      throw error
    })
    if (!onConnection) return connecting
    connecting.then(
      (client) => onConnection(undefined, client, (error) => client.release(error instanceof Error ? error : !!error)),
      (error: Error) => onConnection(error, undefined, ignore),
    )
    return undefined
  }
}

/**
 * Creates a pool of connections, which are pipelined unless `prepare` is false. `onError` gets the errors of idle
 * connections, which the pool replaces by itself.
 */
export const createPool = (
  { url, name, max, connectMs, queryMs, prepare = true }: PoolOptions,
  onError: (error: Error) => void,
): pg.Pool => {
  const pool = new PatientPool({
    connectionString: libpqUrl(url),
    application_name: name,
    max,
    connectionTimeoutMillis: connectMs,
    ...(queryMs === undefined ? {} : { query_timeout: queryMs }),
    keepAlive: true,
    // A pooler in transaction mode may take the connection away between two transactions that travel together.
    pipeline: prepare,
    types,
  })
  pool.on('connect', prepare ? writeTogether : sendUnnamed)
  pool.on('error', onError)
  // The pool does not listen for errors between handing a connection out and its first use. An error then would end the
  // process.
  pool.on('connect', (client) => client.on('error', ignore))
  return pool
}

/** The SQLSTATE of a database error, or undefined for any other error. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined

/** Whether a statement gave up because somebody else held a lock for longer than lock_timeout. */
export const waitedForLock = (error: unknown): boolean => sqlState(error) === '55P03'

/**
 * Whether an error has a system code of a failed connection, such as ECONNREFUSED. With several addresses such an error
 * has no message.
 */
const isSystemError = (error: Error): boolean => 'code' in error && /^E(?!RR_)[A-Z_]+$/.test(String(error.code))

/** Whether the database could not be reached or closed the connection, as opposed to rejecting a statement. */
export const isUnreachable = (error: unknown): boolean => {
  const state = sqlState(error)
  // Class 08: connection; 57P0x: shut down, crashed, starting; 53300: no connection left; 57014: statement_timeout;
  // 25P03: idle_in_transaction_session_timeout, for a process that was frozen; 55P03: lock_timeout.
  if (state !== undefined) return /^(08...|57P0.|53300|57014|25P03|55P03)$/.test(state)
  return error instanceof Error && (isSystemError(error) || /timeout|terminated|not queryable/i.test(error.message))
}

/** Whether the database is there, but had no time, no connection or no lock to give. */
export const isBusy = (error: unknown): boolean =>
  // 57014: statement_timeout; 55P03: lock_timeout; 40P01: deadlock; 53300: no connection left.
  ['57014', '55P03', '40P01', '53300'].includes(sqlState(error) ?? '')

/** Whether the pool had no connection in time. Nothing was sent then, so the work may be done again. */
export const neverConnected = (error: unknown): boolean =>
  error instanceof Error && /timeout exceeded when trying to connect|due to connection timeout/.test(error.message)
