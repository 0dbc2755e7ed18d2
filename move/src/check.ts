import type { Cell } from './cells.ts'
import { movedTables } from './tables.ts'

/**
 * Looks for what would stop a move at its end.
 * @throws Error when there is no such account, or the new cell has rows of the group already, or lacks one of its plans
 */
export const check = async (from: Cell, to: Cell, account: string, group: string[]): Promise<void> => {
  const { rowCount: found } = await from.db.query(
    'select from public.accounts where id = $1 union all select from auth.users where id = $1',
    [account],
  )
  if (!found) throw new Error(`there is no such account in ${from.name}`)
  for (const { name, owner } of movedTables) {
    const { rowCount } = await to.db.query(`select from ${name} where ${owner} = any ($1) limit 1`, [group])
    if (rowCount) throw new Error(`the cell ${to.name} has rows of these accounts in ${name} already`)
  }
  const { rows } = await from.db.query<{ plan: string }>(
    'select distinct plan from public.accounts where id = any ($1)',
    [group],
  )
  const wanted = rows.map(({ plan }) => plan)
  const { rowCount } = await to.db.query('select from public.plans where name = any ($1)', [wanted])
  if (rowCount !== wanted.length)
    throw new Error(`the cell ${to.name} does not have all of the plans ${wanted.join(', ')}: add them there first`)
}
