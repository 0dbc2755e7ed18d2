import { rowsOf } from '@recto/shared/database'
import { inTransaction } from '@recto/shared/transaction'
import type pg from 'pg'
import type { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import { createFairQueue } from '../db/fair-queue.ts'
import { setCaller } from '../db/read-as.ts'
import { OPERATOR_QUERY_MS, OPERATOR_WAIT_MS } from '../deadlines.ts'
import type { View } from './views.ts'

/** The rows of a view, and when they were read. `truncated`: there are more. */
export type ViewRows<Row> = { data: Row[]; truncated: boolean; read_at: string }

/**
 * Reads a view as the caller, whose claims the database checks. `begin` is called when its turn has come and there is a
 * connection.
 * @throws AppError overloaded or database_unavailable when its turn does not come; the error of the database
 */
export type ReadView = <Row extends z.ZodType>(
  caller: Caller,
  view: View<Row>,
  begin: () => void,
) => Promise<ViewRows<z.output<Row>>>

/** A view ends after its time, and changes nothing. */
const bounds = {
  name: 'operator_bounds',
  text: `select set_config('statement_timeout', $1, true), set_config('transaction_read_only', 'on', true)`,
  values: [String(OPERATOR_QUERY_MS)],
}

/** How many may wait for their turn: a few for each view. */
const WAITING = 30

/** Reads one view at a time over `pool`, which nobody else uses. */
export const createReadView = (pool: pg.Pool, now: () => number): ReadView => {
  const runInTurn = createFairQueue({ places: 1, most: WAITING, waitMs: OPERATOR_WAIT_MS })
  return (caller, { name, columns, most, row }, begin) =>
    runInTurn(name, () =>
      inTransaction(pool, setCaller(caller, { across: 'operator' }), async (tx) => {
        begin()
        const text = `select ${columns} from recto.operator_${name}()`
        const [, answer] = await Promise.all([tx.query(bounds), tx.query({ name: `operator_${name}`, text })])
        const rows = rowsOf(answer, row)
        return { data: rows.slice(0, most), truncated: rows.length > most, read_at: new Date(now()).toISOString() }
      }),
    )
}
