import { inTransaction, type Tx } from '@recto/shared/database'
import type pg from 'pg'
import type { Caller } from '../auth/verify-token.ts'
import { CONNECT_MS } from '../deadlines.ts'
import { createKeyedMutex } from './keyed-mutex.ts'
import { setCaller } from './read-as.ts'

/** Who writes, and the request that it happens in. */
export type Actor = { caller: Caller; requestId: string }

/** Runs `work` in one transaction that begins as the caller; `work` steps back to the process's own role by `stepBack`. */
export type WriteAs = <T>(actor: Actor, work: (tx: Tx) => Promise<T>) => Promise<T>

/** A person's writes take turns: most wait for that person's lock anyway, and a flood of one's must not hold all connections. */
export const createWriteAs = (pool: pg.Pool): WriteAs => {
  const exclusive = createKeyedMutex(CONNECT_MS)
  return ({ caller, requestId }, work) =>
    exclusive(caller.userId, () =>
      inTransaction(pool, async (tx) => {
        const [, result] = await Promise.all([tx.query(setCaller(caller, requestId)), work(tx)])
        return result
      }),
    )
}

/**
 * Returns to the process's own role, which owns the queue. `admission` is what admission left in this transaction, the JSON
 * of a recto.admission_result; it is empty when nothing was admitted.
 */
export const resetRole = {
  name: 'reset_role',
  text: `select set_config('role', 'none', true), current_setting('recto.admission', true) as admission`,
}
