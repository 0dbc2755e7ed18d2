import { setTimeout as delay } from 'node:timers/promises'
import { waitedForLock } from '@recto/shared/database'
import { type Cell, inTransaction } from './cells.ts'
import { movedTables, pairTables } from './tables.ts'

const PAUSE_MS = 100

/** Between two attempts to lock a table, for which all writers of the table wait. */
const REST_MS = 5_000

/** Longer than deadlock_timeout, after which a vacuum gives way. */
const LOCK = '1200ms'

/**
 * Puts a trigger on every table that lacks it, which refuses rows of accounts that live elsewhere. Writers of a table wait
 * while it gets the trigger, once in the life of a cell.
 */
export const guard = async (cell: Cell, deadline: number): Promise<void> => {
  const { rows } = await cell.db.query<{ table: number }>(
    `select tgrelid::int as table from pg_trigger where tgname = 'absent_account'`,
  )
  const guarded = new Set(rows.map(({ table }) => table))
  const addTrigger = (name: string, owner: string) =>
    inTransaction(cell, 'begin', async () => {
      const columns = pairTables.includes(name) ? [owner, 'user_id'] : [owner]
      await cell.db.query(`set local lock_timeout = '${LOCK}'`)
      await cell.db.query(
        `create or replace trigger absent_account before insert or update or delete on ${name}
           for each row execute function recto.refuse_absent(${columns.map((column) => `'${column}'`).join(', ')})`,
      )
    })
  for (const { name, owner } of movedTables) {
    const { rows: found } = await cell.db.query<{ oid: number }>('select $1::regclass::int as oid', [name])
    if (found[0] && guarded.has(found[0].oid)) continue
    while (true) {
      const failure = await addTrigger(name, owner).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (failure === undefined) break
      if (!waitedForLock(failure) || Date.now() > deadline) throw failure
      await delay(REST_MS)
    }
  }
}

const writers = `
  select distinct virtualtransaction as writer from pg_locks
  where mode = 'RowExclusiveLock' and granted and pid <> pg_backend_pid() and relation = any ($1::regclass[]::oid[])
    and database = (select oid from pg_database where datname = current_database())`

/**
 * Resolves when all transactions that write to the tables now have ended. Later ones see what was committed before.
 * @throws Error at the deadline
 */
export const waitForWriters = async ({ db }: Cell, deadline: number): Promise<void> => {
  const find = async () => {
    const { rows } = await db.query<{ writer: string }>(writers, [movedTables.map(({ name }) => name)])
    return rows.map(({ writer }) => writer)
  }
  const first = new Set(await find())
  while ((await find()).some((writer) => first.has(writer))) {
    if (Date.now() > deadline)
      throw new Error('not over in time: transactions that write. Run this again, or with more --seconds')
    await delay(PAUSE_MS)
  }
}
