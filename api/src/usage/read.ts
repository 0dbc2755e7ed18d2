import { AppError } from '@recto/shared/errors'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { type AcceptanceAnswer, type AcceptanceGrouping, acceptanceGroupings } from './acceptance-contract.ts'
import type { Grouping, UsageAnswer } from './contract.ts'
import type { Period } from './period.ts'
import { findAcceptance, findUsage } from './store.ts'

const isOfAcceptance = (by: Grouping | AcceptanceGrouping): by is AcceptanceGrouping =>
  acceptanceGroupings.some((name) => name === by)

/**
 * Reads what an account used in a period, or what was decided about its suggestions and findings.
 * @throws AppError not_a_member
 */
export const readUsage =
  (readAs: ReadAs) =>
  async (
    caller: Caller,
    accountId: string,
    period: Period,
    by: Grouping | AcceptanceGrouping,
  ): Promise<UsageAnswer | AcceptanceAnswer> => {
    const usage = isOfAcceptance(by)
      ? await findAcceptance(readAs, caller, accountId, period, by)
      : await findUsage(readAs, caller, accountId, period, by)
    if (!usage) throw new AppError('not_a_member')
    return usage
  }
