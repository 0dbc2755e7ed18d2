import { rowsOf } from '@recto/shared/database'
import type { Notify } from '@recto/shared/notify'
import { priorityOf } from '@recto/shared/queue'
import { enter, inTransaction } from '@recto/shared/transaction'
import type pg from 'pg'
import { z } from 'zod'
import type { Jobs } from '../queue/jobs.ts'

export type PromoteDeps = { pool: pg.Pool; jobs: Jobs; notifyJobs: Notify; notifyStatus: Notify }

const Promoted = z.object({ id: z.string(), in_flight: z.int(), priority: z.int() })

/**
 * Gives waiting generations of an account their jobs, as far as its limit of concurrent ones allows. Returns how many.
 * A generation stops waiting in the transaction that adds its job. Those who watch it are told afterwards.
 */
export const createPromote =
  ({ pool, jobs, notifyJobs, notifyStatus }: PromoteDeps) =>
  async (accountId: string): Promise<number> => {
    const ids = await inTransaction(pool, enter({ account: accountId }), async (tx) => {
      const statement = { name: 'promote', text: 'select * from recto.promote_waiting($1)', values: [accountId] }
      const rows = rowsOf(await tx.query(statement), Promoted)
      for (const { id, in_flight, priority } of rows) await jobs.renew(tx, id, priorityOf(in_flight, priority))
      return rows.map(({ id }) => id)
    })
    if (ids.length > 0) notifyJobs()
    for (const id of ids) notifyStatus(id)
    return ids.length
  }

export type Promote = ReturnType<typeof createPromote>
