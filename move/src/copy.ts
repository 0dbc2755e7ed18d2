import { HOME } from '@recto/shared/cells'
import { asReplica, type Cell, inTransaction } from './cells.ts'
import { write } from './directory.ts'
import { columnsOf, digest, removeRows } from './rows.ts'
import { type MovedTable, movedTables } from './tables.ts'

const BATCH = 500

/** The columns of auth.users that the copy of a person has: enough to be referred to, and nothing to sign in with. */
const ofPeople = ['id', 'aud', 'role', 'is_anonymous', 'created_at', 'updated_at']

/** Copies the rows that `query` finds, as texts, batch by batch: `insert` takes an array of them. */
const copyRows = async (from: Cell, to: Cell, query: string, group: string[], insert: string): Promise<void> => {
  await from.db.query({ text: `declare moving cursor for ${query}`, values: [group] })
  while (true) {
    const { rows } = await from.db.query<{ moved: string }>(`fetch ${BATCH} from moving`)
    if (rows.length > 0) await to.db.query(insert, [rows.map(({ moved }) => moved)])
    if (rows.length < BATCH) break
  }
  await from.db.query('close moving')
}

const copyTable = async (from: Cell, to: Cell, { name, owner }: MovedTable, group: string[]): Promise<void> => {
  const columns = await columnsOf(to, name)
  if (JSON.stringify(columns) !== JSON.stringify(await columnsOf(from, name)))
    throw new Error(`${name} differs between the cells: bring both up to date by npm run migrate`)
  const names = columns.map(({ column }) => column)
  await to.db.query(
    `create temporary table moving_row on commit drop as select ${names.join(', ')} from ${name} limit 0`,
  )
  await copyRows(
    from,
    to,
    `select row(${names.join(', ')})::text as moved from ${name} where ${owner} = any ($1)`,
    group,
    `insert into ${name} (${names.join(', ')}) select (r.one).*
     from (select rows::pg_temp.moving_row as one from unnest($1::text[]) as rows offset 0) as r`,
  )
  await to.db.query('drop table pg_temp.moving_row')
  const [here, there] = [
    await digest(from, { name, owner }, names, group),
    await digest(to, { name, owner }, names, group),
  ]
  if (here !== there)
    throw new Error(`${name} is not the same in both cells: ${here} in ${from.name}, ${there} in ${to.name}`)
}

/** People are referred to, so a cell has a row of each. Where they sign in, it is there already. */
const copyPeople = (from: Cell, to: Cell, group: string[]) =>
  copyRows(
    from,
    to,
    `select jsonb_build_object(${ofPeople.map((column) => `'${column}', ${column}`).join(', ')})::text as moved
     from auth.users where id = any ($1)`,
    group,
    `insert into auth.users (${ofPeople.join(', ')}) select ${ofPeople.map((column) => `p.${column}`).join(', ')}
     from unnest($1::text[]) as rows, jsonb_populate_record(null::auth.users, rows::jsonb) as p on conflict (id) do nothing`,
  )

/** What follows from having come to another cell: jobs are in the queue of the old one, and days are counted here. */
const settleIn = async ({ db }: Cell, group: string[]): Promise<void> => {
  await db.query(
    `update public.webhook_deliveries set due_at = clock_timestamp(), queued_at = null
     where account_id = any ($1) and status = 'pending' and due_at is null`,
    [group],
  )
  await db.query(
    `insert into recto.usage_stale_days (day, account_id)
       select distinct day, account_id from recto.usage_deleted where account_id = any ($1)`,
    [group],
  )
}

/**
 * Copies all rows of a group in one transaction of the new cell, in place of those that an interrupted attempt has left,
 * and compares them. Nobody may write them there before the move is settled.
 */
export const copy = (from: Cell, to: Cell, moveId: string, group: string[]): Promise<void> =>
  inTransaction(from, 'begin isolation level repeatable read read only', () =>
    inTransaction(to, 'begin', async () => {
      await asReplica(to)
      await removeRows(to, movedTables, group)
      await copyPeople(from, to, group)
      for (const table of movedTables) await copyTable(from, to, table, group)
      await settleIn(to, group)
      if (to.name !== HOME) await write(to, { group, cell: from.name, movingTo: to.name, moveId, closed: true })
    }),
  )
