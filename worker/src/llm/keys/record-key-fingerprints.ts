import type { Logger } from '@recto/shared/log'
import type pg from 'pg'
import { type KeyAge, readKeyAges } from './key-ages.ts'

/**
 * Records in the database which keys are in use, by fingerprint. The database writes an audit entry when they differ
 * from what a worker recorded before. Warns of keys that are older than `recto.settings.key_days`.
 */
export const recordKeyFingerprints =
  (pool: Pick<pg.Pool, 'query'>, log: Pick<Logger, 'warn'>) =>
  async (keys: { provider: string; fingerprints: string[] }[]): Promise<void> => {
    for (const { provider, fingerprints } of keys)
      await pool.query({
        name: 'record_key_fingerprints',
        text: 'select recto.record_key_fingerprints($1, $2)',
        values: [provider, fingerprints],
      })
    const old = (await readKeyAges(pool)).filter(({ is_old }: KeyAge) => is_old)
    for (const { provider, fingerprint, age_days } of old)
      log.warn({ provider, fingerprint, age_days }, 'a provider key is old: make a new one')
  }
