import pg from 'pg'

const pools = new Map<string, pg.Pool>()

/** Connections that stay open: to open one takes more CPU time than what most tests do with it. */
const poolOf = (databaseUrl: string): pg.Pool => {
  const found = pools.get(databaseUrl)
  if (found) return found
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 100 })
  // Its connections end with the system of the test.
  pool.on('error', () => undefined)
  pools.set(databaseUrl, pool)
  return pool
}

type Options = { begin?: string; commit?: boolean }

/**
 * Runs `work` in a transaction as PostgREST does for a person: with the role authenticated and the claims of `personId`.
 * Rolls back unless `commit` is true. Rejects with errors of `work` and pg's DatabaseError.
 */
export const asPerson = async <T>(
  databaseUrl: string,
  personId: string,
  work: (client: pg.ClientBase) => Promise<T>,
  { begin = 'begin', commit = false }: Options = {},
): Promise<T> => {
  const client = await poolOf(databaseUrl).connect()
  let broken: Error | undefined
  try {
    await client.query(begin)
    await client.query('set local role authenticated')
    await client.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub: personId })])
    const result = await work(client)
    await client.query(commit ? 'commit' : 'rollback')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.release(broken)
  }
}
