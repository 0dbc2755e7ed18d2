import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { Limits } from './contract.ts'
import { LimitRow, limitsOf } from './limits.ts'

/** The limits of an account; null when the caller is no member of it. */
export const findLimits = async (readAs: ReadAs, caller: Caller, account: string): Promise<Limits | null> => {
  const statement = {
    name: 'account_limits',
    text: 'select plan, name, most, used, remaining, seconds, resets_at, names from recto.account_limits($1)',
    values: [account],
  }
  return limitsOf(await readAs(caller, { account }, statement, LimitRow))
}
