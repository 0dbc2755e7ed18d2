import pg from 'pg'
import type { System } from './system.ts'

export type OpenWrite = { commit(): Promise<void> }

/** Writes as a person does by PostgREST, in a transaction that is open until `commit`. */
export const openWrite = async (
  { supabase }: Pick<System, 'supabase'>,
  personId: string,
  text: string,
  values: unknown[],
): Promise<OpenWrite> => {
  const client = new pg.Client({ connectionString: supabase.adminUrl })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('begin')
  await client.query(
    `select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true),
      set_config('recto.across_accounts', 'person', true)`,
    [JSON.stringify({ sub: personId, role: 'authenticated' })],
  )
  await client.query(text, values)
  return {
    commit: async () => {
      await client.query('commit').finally(() => client.end())
    },
  }
}
