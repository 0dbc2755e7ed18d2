import type pg from 'pg'

/** Leaves in the database which keys serve, by fingerprint: what changed since another worker said so is in the audit log then. */
export const recordKeyFingerprints =
  (pool: Pick<pg.Pool, 'query'>) =>
  async (keys: { provider: string; fingerprints: string[] }[]): Promise<void> => {
    for (const { provider, fingerprints } of keys)
      await pool.query({
        name: 'note_keys',
        text: 'select recto.note_keys($1, $2)',
        values: [provider, fingerprints],
      })
  }
