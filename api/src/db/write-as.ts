import type { Tx } from '@recto/shared/database'
import { inTransaction, type Scope } from '@recto/shared/transaction'
import type pg from 'pg'
import { WRITE_WAIT_MS } from '../deadlines.ts'
import type { Actor } from './actor.ts'
import { createFairQueue } from './fair-queue.ts'
import { setCaller } from './read-as.ts'

/**
 * Runs `work` in one transaction within `scope` that begins as the caller; `work` returns to the process's own role by
 * `resetRole`.
 */
export type WriteAs = <T>(actor: Actor, scope: Scope, work: (tx: Tx) => Promise<T>) => Promise<T>

/** What `WriteAs` is for a write that takes long: the person's other writes do not wait for it. */
export type WriteBeside = WriteAs

/**
 * Runs `work`, of one transaction, as the process's own role, in the turn of the person who asks for it. Work that returns
 * no promise has nothing to do. Work whose `signal` aborts before its turn is not run, and rejects.
 */
export type InTurn = <T>(actor: Actor, work: (pool: pg.Pool) => T, signal?: AbortSignal) => Promise<Awaited<T>>

/** How many writes may wait at the same time. Each holds a body, of 40 kB for the longest text. */
const WAITING = 2_500

/**
 * Writes over `pool`, of which as many writes run at the same time as it has connections: the others wait here, and the
 * pool's few other statements need not. Each person's writes are serialised, because most of them wait for that person's
 * lock anyway.
 */
export const createWrites = (pool: pg.Pool): { writeAs: WriteAs; writeBeside: WriteBeside; inTurn: InTurn } => {
  const runInTurn = createFairQueue({ places: pool.options.max, most: WAITING, waitMs: WRITE_WAIT_MS })
  const writeInTurn =
    (nameOf: (userId: string) => string): WriteAs =>
    ({ caller, ...request }, scope, work) =>
      runInTurn(nameOf(caller.userId), () => inTransaction(pool, setCaller(caller, scope, request), work))
  return {
    writeAs: writeInTurn((userId) => userId),
    writeBeside: writeInTurn((userId) => `${userId} beside`),
    inTurn: ({ caller }, work, signal) => runInTurn(caller.userId, () => work(pool), signal),
  }
}

/**
 * Returns to the process's own role, which owns the queue. `admission` is what admission left in this transaction, the
 * JSON of a recto.admission_result; it is empty when nothing was admitted.
 */
export const resetRole = {
  name: 'reset_role',
  text: `select set_config('role', 'none', true), current_setting('recto.admission', true) as admission`,
}
