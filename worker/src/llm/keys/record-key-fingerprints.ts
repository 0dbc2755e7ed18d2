import type pg from 'pg'

/**
 * Records in the database which keys are in use, by fingerprint. The database writes an audit entry when they differ
 * from what a worker recorded before.
 */
export const recordKeyFingerprints =
  (pool: Pick<pg.Pool, 'query'>) =>
  async (keys: { provider: string; fingerprints: string[] }[]): Promise<void> => {
    for (const { provider, fingerprints } of keys)
      await pool.query({
        name: 'record_key_fingerprints',
        text: 'select recto.record_key_fingerprints($1, $2)',
        values: [provider, fingerprints],
      })
  }
