import { sqlState } from '@recto/shared/database'
import pg from 'pg'
import { z } from 'zod'

const Detail = z.object({ final: z.boolean() })

/** A call was not sent, since it did not fit into a budget. `final`: nothing that is under way can make room for it. */
export class BudgetExceeded extends Error {
  readonly final: boolean
  /** What the call would have reserved, in USD. */
  readonly neededUsd: string

  constructor(final: boolean, neededUsd: string) {
    super('budget exceeded')
    this.name = 'BudgetExceeded'
    this.final = final
    this.neededUsd = neededUsd
  }
}

/** What the database said when it refused to book a call; any other error as it is. */
export const budgetRefusal = (error: unknown, neededUsd: string): unknown => {
  if (sqlState(error) !== 'PT402' || !(error instanceof pg.DatabaseError)) return error
  return new BudgetExceeded(Detail.parse(JSON.parse(error.detail ?? '')).final, neededUsd)
}
