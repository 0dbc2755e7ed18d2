import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { libpqUrl } from './libpq-url.ts'

const CHECK_MS = 5_000
/** Other processes use the pooler meanwhile, and may take the session that would have told. */
const ROUNDS = 5

/**
 * Whether the transactions of one connection share sessions of Postgres with those of others, as through a pooler in
 * transaction mode. It marks the session of one connection. Then either another connection finds the mark, or the first
 * one does not find it while the other holds a session.
 */
export const sharesSessions = async (url: string): Promise<boolean> => {
  const open = () =>
    new pg.Client({
      connectionString: libpqUrl(url),
      application_name: 'recto_session_check',
      connectionTimeoutMillis: CHECK_MS,
      query_timeout: CHECK_MS,
    })
  const [one, other] = [open(), open()]
  for (const client of [one, other]) client.on('error', () => undefined)
  const markOf = async (client: pg.Client): Promise<unknown> =>
    (await client.query(`select current_setting('recto.session_mark', true) as mark`)).rows[0]?.mark
  try {
    await Promise.all([one.connect(), other.connect()])
    const mark = randomUUID()
    await one.query(`select set_config('recto.session_mark', '${mark}', false)`)
    for (let round = 0; round < ROUNDS; round++) {
      await other.query('begin')
      if ((await markOf(other)) === mark || (await markOf(one)) !== mark) return true
      await other.query('rollback')
    }
    return false
  } finally {
    await Promise.allSettled([one.end(), other.end()])
  }
}

type RequireOptions = {
  url: string
  /** The environment variable that has the URL. */
  variable: string
  reconnectMs: number
  signal: AbortSignal
  onError(error: unknown): void
}

/**
 * Resolves when the connection is known to keep its session, or `signal` aborts. Asks again while the database cannot be
 * reached.
 * @throws Error that says what to set when it does not keep its session
 */
export const requireSession = async (options: RequireOptions): Promise<void> => {
  const { url, variable, reconnectMs, signal, onError } = options
  while (!signal.aborted) {
    const shares = await sharesSessions(url).catch(onError)
    if (shares === false) return
    if (shares) {
      throw new Error(
        `${variable} is a pooler in transaction mode, which keeps no session: use a direct connection or one in session mode.` +
          (variable.includes('LISTEN') ? '' : ' Or set PREPARE=off (docs/deployment.md, "Poolers").'),
      )
    }
    await delay(reconnectMs, undefined, { signal }).catch(() => undefined)
  }
}
