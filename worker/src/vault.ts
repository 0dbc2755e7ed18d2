import type pg from 'pg'
import { parseKeys } from './models/key-sources.ts'

/** Reads provider keys from Supabase Vault, where they stand as `recto/<variable>`. Throws when the database has no vault. */
export const readVault =
  (pool: pg.Pool) =>
  async (variables: string[]): Promise<Record<string, string[]>> => {
    const { rows } = await pool.query<{ variable: string; secret: string }>({
      name: 'vault',
      text: 'select variable, secret from recto.provider_keys($1)',
      values: [variables],
    })
    return Object.fromEntries(rows.map(({ variable, secret }) => [variable, parseKeys(secret)]))
  }
