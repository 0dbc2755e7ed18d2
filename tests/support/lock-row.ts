import { until } from '@recto/local/until'
import pg from 'pg'
import type { System } from './system.ts'

export type RowLock = {
  /** Resolves when a statement that holds these words waits for a lock. */
  awaited(statement: string): Promise<void>
  release(): Promise<void>
  /** Releases it after a change of its own, which whoever waited finds. */
  commit(text: string, values: unknown[]): Promise<void>
}

/** Keeps what a statement locks until released, so that a process can be caught at an exact step. */
export const lockRow = async ({ supabase, admin }: System, text: string, values: unknown[]): Promise<RowLock> => {
  const client = new pg.Client({ connectionString: supabase.adminUrl })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('begin')
  await client.query(text, values)
  const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and strpos(query, $1) > 0`
  return {
    awaited: (statement) =>
      until(async () => (await admin.query(waiting, [statement])).rowCount !== 0, {
        what: `somebody waiting with ${statement}`,
        timeoutMs: 15_000,
      }),
    release: () => client.end(),
    commit: async (change, itsValues) => {
      await client.query(change, itsValues)
      await client.query('commit')
      await client.end()
    },
  }
}
