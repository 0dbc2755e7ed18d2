import type pg from 'pg'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { type LimitName, Policies, type Window, Windows } from './admission.ts'

/** How an account of the caller stands now; nothing for any other account. */
export const findWindows = async (
  readAs: ReadAs,
  caller: Caller,
  account: string,
  limit: LimitName,
): Promise<Window[]> => {
  const [row] = await readAs(caller, {
    name: 'admission',
    text: 'select recto.admission_state($1, $2) as state',
    values: [account, limit],
  })
  return Windows.parse(row?.state)
}

/** What holds for a new account, read as the process itself. */
export const findPolicies = async (pool: pg.Pool, limit: LimitName): Promise<Policies> => {
  const { rows } = await pool.query({
    name: 'policy',
    text: 'select recto.admission_policy($1) as policy',
    values: [limit],
  })
  return Policies.nullable().parse(rows[0]?.policy) ?? []
}
