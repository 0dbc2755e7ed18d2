import { sqlState } from '@recto/shared/database'
import type pg from 'pg'
import { parseKeys } from './key-sources.ts'

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

/** Whether that was thrown for want of a vault, which no wait will change. */
export const saysNoVault = (error: unknown): boolean => sqlState(error) === '0A000'
