import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { Limits } from './contract.ts'

/** How an account stands; null when the caller is no member of it. */
export const findLimits = async (readAs: ReadAs, caller: Caller, account: string): Promise<Limits | null> => {
  const [row] = await readAs(caller, {
    name: 'limits',
    text: 'select recto.limits_of($1) as limits',
    values: [account],
  })
  return Limits.nullable().parse(row?.limits)
}
