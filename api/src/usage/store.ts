import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { Counted, type Grouping } from './contract.ts'
import type { Period } from './period.ts'

/** Sums of an account's days; undefined when the caller is no member of it. */
export const countUsage = async (
  readAs: ReadAs,
  caller: Caller,
  accountId: string,
  { from, to }: Period,
  by: Grouping,
): Promise<Counted | undefined> => {
  const [row] = await readAs(caller, {
    name: 'usage',
    text: 'select recto.usage($1, $2, $3, $4) as usage',
    values: [accountId, from, to, by],
  })
  return row?.usage == null ? undefined : Counted.parse(row.usage)
}
