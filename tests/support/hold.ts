import { until } from '@recto/local/until'
import pg from 'pg'
import type { System } from './system.ts'

export type Hold = {
  /** Resolves when somebody waits for what is held. */
  awaited(): Promise<void>
  release(): Promise<void>
}

/** Keeps what a statement locks until released, so that a process can be caught at an exact step. */
export const hold = async ({ supabase, admin }: System, text: string, values: unknown[]): Promise<Hold> => {
  const client = new pg.Client({ connectionString: supabase.adminUrl })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('begin')
  await client.query(text, values)
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const blocked = 'select 1 from pg_stat_activity where $1 = any (pg_blocking_pids(pid))'
  return {
    awaited: () =>
      until(async () => (await admin.query(blocked, [rows[0]?.pid])).rowCount !== 0, {
        what: 'somebody waiting for the lock',
        timeoutMs: 15_000,
      }),
    release: () => client.end(),
  }
}
