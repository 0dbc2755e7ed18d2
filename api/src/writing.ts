import { inTransaction, type Tx } from '@recto/shared/database'
import type pg from 'pg'
import type { Caller } from './auth/verify-token.ts'
import { become } from './reading.ts'

/** Who writes, and the request that it happens in. */
export type Actor = { caller: Caller; requestId: string }

/** Runs `work` in one transaction that begins as the caller; `work` steps back to the process's own role by `stepBack`. */
export type WriteAs = <T>(actor: Actor, work: (tx: Tx) => Promise<T>) => Promise<T>

export const createWriting =
  (pool: pg.Pool): WriteAs =>
  ({ caller, requestId }, work) =>
    inTransaction(pool, async (tx) => {
      const [, result] = await Promise.all([tx.query(become(caller, requestId)), work(tx)])
      return result
    })

/** Back to the process's own role, to whom the queue belongs; also tells what admission left for the headers. */
export const stepBack = {
  name: 'step_back',
  text: `select set_config('role', 'none', true), current_setting('recto.admission', true) as admission`,
}
