import pg from 'pg'

type Options = { begin?: string; commit?: boolean }

/**
 * Runs `work` in a transaction on a new connection, as PostgREST does for a person: with the role authenticated and the
 * claims of `personId`. Rolls back unless `commit` is true. Rejects with errors of `work` and pg's DatabaseError.
 */
export const asPerson = async <T>(
  databaseUrl: string,
  personId: string,
  work: (client: pg.Client) => Promise<T>,
  { begin = 'begin', commit = false }: Options = {},
): Promise<T> => {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query(begin)
    await client.query('set local role authenticated')
    await client.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub: personId })])
    const result = await work(client)
    await client.query(commit ? 'commit' : 'rollback')
    return result
  } finally {
    await client.end()
  }
}
