import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { acceptanceOf, OutcomeRow } from './acceptance.ts'
import type { AcceptanceAnswer, AcceptanceGrouping } from './acceptance-contract.ts'
import type { Grouping, UsageAnswer } from './contract.ts'
import type { Period } from './period.ts'
import { UsageRow, usageOf } from './shape.ts'

/** The usage of an account; undefined when the caller is no member of it. */
export const findUsage = async (
  readAs: ReadAs,
  caller: Caller,
  accountId: string,
  { from, to }: Period,
  by: Grouping,
): Promise<UsageAnswer | undefined> => {
  const statement = {
    name: 'usage',
    text: 'select * from recto.usage($1, $2, $3, $4)',
    values: [accountId, from, to, by],
  }
  return usageOf(await readAs(caller, { account: accountId }, statement, UsageRow), by)
}

/** What was decided about the suggestions and findings of an account; undefined when the caller is no member of it. */
export const findAcceptance = async (
  readAs: ReadAs,
  caller: Caller,
  accountId: string,
  { from, to }: Period,
  by: AcceptanceGrouping,
): Promise<AcceptanceAnswer | undefined> => {
  const statement = {
    name: 'acceptance',
    text: 'select * from recto.acceptance($1, $2, $3, $4)',
    values: [accountId, from, to, by],
  }
  return acceptanceOf(await readAs(caller, { account: accountId }, statement, OutcomeRow), by)
}
