import { AppError } from '@recto/shared/errors'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { Grouping, UsageAnswer } from './contract.ts'
import type { Period } from './period.ts'
import { findUsage } from './store.ts'

/**
 * Reads what an account used in a period.
 * @throws AppError not_a_member
 */
export const readUsage =
  (readAs: ReadAs) =>
  async (caller: Caller, accountId: string, period: Period, by: Grouping): Promise<UsageAnswer> => {
    const usage = await findUsage(readAs, caller, accountId, period, by)
    if (!usage) throw new AppError('not_a_member')
    return usage
  }
