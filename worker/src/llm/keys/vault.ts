import { rowsOf, sqlState } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'
import { parseKeys } from './key-sources.ts'

const Secret = z.object({ variable: z.string(), secret: z.string() })

/**
 * Reads provider keys from Supabase Vault, where their names are `recto/<variable>`. Returns them by variable.
 * @throws the database's error when it has no vault; `saysNoVault` recognises it.
 */
export const readVault =
  (pool: pg.Pool) =>
  async (variables: string[]): Promise<Record<string, string[]>> => {
    const answer = await pool.query({
      name: 'vault',
      text: 'select variable, secret from recto.provider_keys($1)',
      values: [variables],
    })
    const rows = rowsOf(answer, Secret)
    return Object.fromEntries(rows.map(({ variable, secret }) => [variable, parseKeys(secret)]))
  }

/** Whether `readVault` threw this error because the database has no vault. Trying again does not help then. */
export const saysNoVault = (error: unknown): boolean => sqlState(error) === '0A000'
