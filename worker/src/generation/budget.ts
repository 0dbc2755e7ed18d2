import { sqlState } from '@recto/shared/database'
import pg from 'pg'
import { z } from 'zod'
import { BudgetExceeded } from '../models/budget-exceeded.ts'

const Detail = z.object({ final: z.boolean(), hopeless: z.boolean(), reset: z.number() })

/** What the database said when it refused to book a call; any other error as it is. */
export const budgetRefusal = (error: unknown, neededUsd: string): unknown => {
  if (sqlState(error) !== 'PT402' || !(error instanceof pg.DatabaseError)) return error
  const { final, hopeless, reset } = Detail.parse(JSON.parse(error.detail ?? ''))
  return new BudgetExceeded({ final, hopeless, resetSeconds: reset, neededUsd })
}
