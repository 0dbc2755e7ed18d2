import { rowsOf } from '@recto/shared/database'
import { enter, inTransaction } from '@recto/shared/transaction'
import type pg from 'pg'
import { z } from 'zod'
import { ROLL_UP_MS } from '../deadlines.ts'

const RolledUp = z.object({ worked: z.boolean() })

/** Rolls up one day. Returns whether there may be more; false also when another worker does it. */
const step = (pool: pg.Pool): Promise<boolean> =>
  inTransaction(pool, enter({ across: 'usage' }), async (tx) => {
    const extendTimeout = { name: 'roll_up_timeout', text: `set local statement_timeout = ${ROLL_UP_MS}` }
    const rollUp = { name: 'roll_up', text: 'select recto.roll_up_usage() as worked', query_timeout: ROLL_UP_MS }
    const [, answer] = await Promise.all([tx.query(extendTimeout), tx.query(rollUp)])
    return rowsOf(answer, RolledUp)[0]?.worked ?? false
  })

/**
 * Rolls up the usage of past days, and again of days that changed since. With nothing to do it is one short statement.
 * It resolves after the day during which `signal` aborts.
 */
export const createRollUp =
  (pool: pg.Pool) =>
  async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted && (await step(pool)));
  }
