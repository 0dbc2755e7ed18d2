import type { Tx } from '@recto/shared/database'
import { inTransaction, type Scope } from '@recto/shared/transaction'
import type pg from 'pg'
import type { Caller } from '../auth/verify-token.ts'
import { CONNECT_MS } from '../deadlines.ts'
import { createKeyedMutex } from './keyed-mutex.ts'
import { setCaller } from './read-as.ts'

/** The person who writes, the id of the request, and the digest of its body if that is to be kept. */
export type Actor = { caller: Caller; requestId: string; requestDigest?: string | undefined }

/**
 * Runs `work` in one transaction within `scope` that begins as the caller; `work` returns to the process's own role by
 * `resetRole`.
 */
export type WriteAs = <T>(actor: Actor, scope: Scope, work: (tx: Tx) => Promise<T>) => Promise<T>

/**
 * Serialises the writes of each person. Most of them wait for that person's lock anyway, and a flood of one person's
 * writes must not occupy every connection.
 */
export const createWriteAs = (pool: pg.Pool): WriteAs => {
  const exclusive = createKeyedMutex(CONNECT_MS)
  return ({ caller, ...request }, scope, work) =>
    exclusive(caller.userId, () => inTransaction(pool, setCaller(caller, scope, request), work))
}

/**
 * Returns to the process's own role, which owns the queue. `admission` is what admission left in this transaction, the
 * JSON of a recto.admission_result; it is empty when nothing was admitted.
 */
export const resetRole = {
  name: 'reset_role',
  text: `select set_config('role', 'none', true), current_setting('recto.admission', true) as admission`,
}
