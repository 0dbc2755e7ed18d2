import { rowsOf, type Statement } from '@recto/shared/database'
import { inTransaction, naming, type Scope } from '@recto/shared/transaction'
import type pg from 'pg'
import type { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import { QUERY_MS } from '../deadlines.ts'
import type { Actor } from './actor.ts'

/**
 * Reads rows of the form of `row` within `scope`, as the caller: row-level security decides which rows that person sees.
 */
export type ReadAs = <R extends z.ZodType>(
  caller: Caller,
  scope: Scope,
  statement: Statement,
  row: R,
) => Promise<z.output<R>[]>

/** Names the scope, and sets role and claims to the caller's, as PostgREST does, until the end of the transaction. */
export const setCaller = (
  { claims }: Caller,
  scope: Scope,
  { requestId = '', requestDigest = '', traceparent = '' }: Partial<Omit<Actor, 'caller'>> = {},
): Statement => {
  const { as, sql, value } = naming(scope, '$5')
  return {
    name: `set_caller_${as}`,
    text: `select ${sql}, set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true),
      set_config('recto.request_id', $2, true), set_config('recto.request_digest', $3, true),
      set_config('recto.traceparent', $4, true)`,
    values: [claims, requestId, requestDigest, traceparent, value],
  }
}

/** Reads over a pool whose connections others need as well: each read borrows one. */
export const createReadOn =
  (pool: pg.Pool): ReadAs =>
  async (caller, scope, statement, row) => {
    const reading = inTransaction(pool, setCaller(caller, scope), (tx) => tx.query(statement))
    return rowsOf(await reading, row)
  }

/**
 * Reads over `count` pipelined connections that all readers share. A read is four statements sent at once, so it needs
 * no connection of its own. A failed statement ends only its own transaction, and a broken connection is replaced.
 * `pool` has at least `count` connections; `close` ends it.
 */
export const createReadAs = (pool: pg.Pool, count: number) => {
  const lanes: (Promise<pg.PoolClient> | undefined)[] = Array.from({ length: count })
  let turn = 0
  let closed = false

  const open = async (slot: number): Promise<pg.PoolClient> => {
    const client = await pool.connect()
    let broken = false
    client.on('error', (error) => {
      if (broken || closed) return
      broken = true
      lanes[slot] = undefined
      client.release(error)
    })
    return client
  }
  const lane = (): Promise<pg.PoolClient> => {
    turn = (turn + 1) % count
    const slot = turn
    const opening = lanes[slot] ?? open(slot)
    lanes[slot] = opening
    opening.catch(() => {
      if (lanes[slot] === opening) lanes[slot] = undefined
    })
    return opening
  }

  const readAs: ReadAs = async (caller, scope, statement, row) => {
    const client = await lane()
    // Only the third statement answers. The callbacks of the others report the error when one of them fails.
    let failure: Error | undefined
    const note = (error: Error | null) => {
      failure ??= error ?? undefined
    }
    client.query('begin read only', note)
    client.query(setCaller(caller, scope), note)
    const bounded = { ...statement, query_timeout: QUERY_MS }
    const answering = client.query(bounded)
    client.query('commit', () => undefined)
    const answer = await answering.catch((error: unknown) => {
      throw failure ?? error
    })
    return rowsOf(answer, row)
  }

  /** Ends the pool. Reads fail after that. */
  const close = async (): Promise<void> => {
    closed = true
    const opened = await Promise.allSettled(lanes)
    for (const lane of opened) if (lane.status === 'fulfilled') lane.value?.release(true)
    await pool.end()
  }
  return { readAs, close }
}
