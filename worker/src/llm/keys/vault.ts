import { rowsOf, sqlState } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'
import { keysIn } from './key-sources.ts'

const Secret = z.object({ variable: z.string(), secret: z.string() })

/**
 * Reads provider keys from Supabase Vault, where their names are `recto/<variable>`. Returns them by variable.
 * @throws InvalidKey; the database's error when it has no vault, which `saysNoVault` recognises
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
    return Object.fromEntries(rows.map(({ variable, secret }) => [variable, keysIn(`recto/${variable}`, secret)]))
  }

/** Whether `readVault` threw this error because the database has no vault. Trying again does not help then. */
export const saysNoVault = (error: unknown): boolean => sqlState(error) === '0A000'
