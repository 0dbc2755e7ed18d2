import { HOME } from '@recto/shared/cells'
import type { Cell } from './cells.ts'

/** Where an account lives. Without a `moveId` it was never moved. `group`: the accounts of that move. */
export type Placed = { cell: string; movingTo: string | null; moveId?: string; group: string[] }

export const findPlace = async ({ db }: Cell, account: string): Promise<Placed> => {
  const { rows } = await db.query<{ cell: string; moving_to: string | null; move_id: string; group: string[] }>(
    `select a.cell, a.moving_to, a.move_id,
       array(select g.account_id::text from recto.account_cells g where g.move_id = a.move_id order by 1) as group
     from recto.account_cells a where a.account_id = $1`,
    [account],
  )
  const [row] = rows
  if (!row) return { cell: HOME, movingTo: null, group: [] }
  return { cell: row.cell, movingTo: row.moving_to, moveId: row.move_id, group: row.group }
}

type Mark = { group: string[]; cell: string; movingTo: string | null; moveId: string; closed: boolean }

/** Writes where accounts live. One statement, so that all of them move at once. */
export const write = async ({ db }: Cell, { group, cell, movingTo, moveId, closed }: Mark): Promise<void> => {
  await db.query(
    `insert into recto.account_cells as a (account_id, cell, moving_to, moving_since, move_id, closed)
       select id, $2, $3, case when $3::text is not null then clock_timestamp() end, $4, $5 from unnest($1::uuid[]) as id
     on conflict (account_id) do update set cell = excluded.cell, moving_to = excluded.moving_to,
       moving_since = case when excluded.moving_to is not null then coalesce(a.moving_since, excluded.moving_since) end,
       move_id = excluded.move_id, closed = excluded.closed, changed_at = clock_timestamp()`,
    [group, cell, movingTo, moveId, closed],
  )
}

/**
 * Has an account named by the directory and locks its row, so that nobody chooses another cell for it as for a new person.
 * Returns its cell: not the given one when that has just been done.
 */
export const claim = async (
  { db }: Cell,
  account: string,
  { cell, moveId, closed }: Pick<Mark, 'cell' | 'moveId' | 'closed'>,
): Promise<string | undefined> => {
  const { rows } = await db.query<{ cell: string }>(
    `insert into recto.account_cells as a (account_id, cell, move_id, closed) values ($1, $2, $3, $4)
     on conflict (account_id) do update set cell = a.cell returning a.cell`,
    [account, cell, moveId, closed],
  )
  return rows[0]?.cell
}

/** Forgets accounts in a cell that is not the home cell: they live there again. */
export const forget = async ({ db }: Cell, group: string[]): Promise<void> => {
  await db.query('delete from recto.account_cells where account_id = any ($1)', [group])
}
