import type { Statement } from '@recto/shared/database'
import type pg from 'pg'
import type { Caller } from '../auth/verify-token.ts'
import { QUERY_MS } from '../deadlines.ts'

type Row = pg.QueryResultRow

/** Reads as the caller: row-level security decides which rows that person sees. */
export type ReadAs = <R extends Row>(caller: Caller, statement: Statement) => Promise<R[]>

/** Sets role and claims to the caller's until the end of the transaction, as PostgREST does. */
export const setCaller = ({ claims }: Caller, requestId = ''): Statement => ({
  name: 'set_caller',
  text: `select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true),
    set_config('recto.request_id', $2, true)`,
  values: [claims, requestId],
})

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

  const readAs: ReadAs = async <R extends Row>(caller: Caller, statement: Statement) => {
    const client = await lane()
    // Only the third statement answers. The callbacks of the others report the error when one of them fails.
    let failure: Error | undefined
    const note = (error: Error | null) => {
      failure ??= error ?? undefined
    }
    client.query('begin read only', note)
    client.query(setCaller(caller), note)
    const bounded = { ...statement, query_timeout: QUERY_MS }
    const answer = client.query<R>(bounded)
    client.query('commit', () => undefined)
    const { rows } = await answer.catch((error: unknown) => {
      throw failure ?? error
    })
    return rows
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
