import { rowsOf } from '@recto/shared/database'
import { showTable } from '@recto/shared/show-table'
import type pg from 'pg'
import { z } from 'zod'

/**
 * A provider key that a worker has read. `last_used_at` is null without a call in the last 31 days; `is_old`: it has been
 * in use for longer than `recto.settings.key_days`. Times are ISO 8601.
 */
const KeyAge = z.object({
  provider: z.string(),
  fingerprint: z.string(),
  in_use: z.boolean(),
  first_seen_at: z.string(),
  age_days: z.int(),
  last_used_at: z.string().nullable(),
  is_old: z.boolean(),
})
export type KeyAge = z.infer<typeof KeyAge>

export const readKeyAges = async (pool: Pick<pg.Pool, 'query'>): Promise<KeyAge[]> =>
  rowsOf(await pool.query({ name: 'key_ages', text: 'select * from recto.provider_key_ages()' }), KeyAge)

const heads = ['PROVIDER', 'KEY', 'AGE', 'LAST USED', 'REMARK']

const cellsOf = ({ provider, fingerprint, in_use, age_days, last_used_at, is_old }: KeyAge): string[] => [
  provider,
  fingerprint,
  `${age_days} d`,
  last_used_at?.slice(0, 16).replace('T', ' ') ?? 'not in 31 days',
  !in_use ? 'no worker has it any more' : is_old ? 'old: make a new one' : '',
]

/** Formats keys as a table. */
export const showKeyAges = (keys: readonly KeyAge[]): string => showTable([heads, ...keys.map(cellsOf)])
