import { AppError } from '@recto/shared/errors'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { Grouping, UsageAnswer } from './contract.ts'
import type { Period } from './period.ts'
import { countUsage } from './store.ts'

const method =
  'The cost of this month up to now, divided by the share of the month that has passed (at least a day of it).'

/** What an account used in a period. Throws AppError not_a_member. */
export const readUsage =
  (readAs: ReadAs) =>
  async (caller: Caller, accountId: string, period: Period, by: Grouping): Promise<UsageAnswer> => {
    const counted = await countUsage(readAs, caller, accountId, period, by)
    if (!counted) throw new AppError('not_a_member')
    return { ...counted, forecast: { ...counted.forecast, method }, next_cursor: null }
  }
