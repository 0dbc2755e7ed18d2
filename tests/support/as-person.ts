import pg from 'pg'

type Options = { begin?: string; commit?: boolean }

/**
 * Runs `work` on a connection of its own as PostgREST does it for a person: `begin`, the role authenticated, the claims of
 * `personId`. Rolls back unless told to commit. Rejects with what `work` throws, and with pg's DatabaseError of a refusal.
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
