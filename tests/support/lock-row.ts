import { until } from '@recto/local/until'
import pg from 'pg'
import type { System } from './system.ts'

export type RowLock = {
  /** Resolves when a statement that contains this text waits for a lock. */
  awaited(statement: string): Promise<void>
  release(): Promise<void>
  /** Makes a change and commits it, so that the waiting statement finds the change. */
  commit(text: string, values: unknown[]): Promise<void>
}

/** Keeps the locks of a statement until released, so that a test can stop a process at an exact step. */
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
        what: `a statement with ${statement} that waits for a lock`,
        timeoutMs: 30_000,
      }),
    release: () => client.end(),
    commit: async (change, changeValues) => {
      await client.query(change, changeValues)
      await client.query('commit')
      await client.end()
    },
  }
}
