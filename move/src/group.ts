import type { Cell } from './cells.ts'
import { pairTables } from './tables.ts'

/** The accounts that are nobody's: the deployment, and what is left of erased people. */
const nobody = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']

const pairs = pairTables
  .map((table) => `select account_id, user_id from ${table} where account_id = any ($1) or user_id = any ($1)`)
  .join(' union ')

/**
 * The accounts that share people with an account, directly or by others, and so live in one cell with it: teams, and
 * people by their own accounts. What a person has in all their accounts is then found in one database.
 */
export const findGroup = async ({ db }: Cell, account: string): Promise<string[]> => {
  const group = new Set([account])
  let fresh = [account]
  while (fresh.length > 0) {
    const { rows } = await db.query<{ account_id: string; user_id: string }>(pairs, [fresh])
    const found = new Set(rows.flatMap(({ account_id, user_id }) => [account_id, user_id]))
    fresh = [...found].filter((id) => !group.has(id) && !nobody.includes(id))
    for (const id of fresh) group.add(id)
  }
  return [...group].sort()
}
