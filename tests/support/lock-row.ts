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
  // Of two that wait for each other, Postgres ends the one under test.
  await client.query("set local deadlock_timeout = '1 min'")
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

export type Meeting<Result> = {
  /** Locks a row for share, for which the statement under test waits while it has the row of `change`. */
  lock: [text: string, values: unknown[]]
  work: () => Promise<Result>
  /** A part of the text of the statement under test, which `work` makes. */
  statement: string
  /** A change of a row that the statement under test has by then. */
  change: [text: string, values: unknown[]]
}

/**
 * Makes a change of two rows meet a statement that comes by them in the other order. Postgres looks for a deadlock once,
 * after a statement has waited for 1 s: the one under test begins its last wait when the change waits for it already,
 * so that it is the one that finds the deadlock and is ended. Returns the result of `work`.
 */
export const meetInOtherOrder = async <Result>(
  system: System,
  { lock, work, statement, change }: Meeting<Result>,
): Promise<Result> => {
  // A statement waits for the holders of a row one after the other, the oldest first.
  const [first, second] = [await lockRow(system, ...lock), await lockRow(system, ...lock)]
  const working = work()
  await first.awaited(statement)
  const committed = second.commit(...change)
  await first.awaited(change[0])
  await first.release()
  await committed
  return working
}
