import { DataResidency } from '@recto/shared/catalog'
import type { ConnectionCheckResult } from '@recto/shared/connection-check'
import { rowsOf, type Statement } from '@recto/shared/database'
import { queryWithin } from '@recto/shared/transaction'
import type pg from 'pg'
import { z } from 'zod'

/**
 * A connection check that this worker has claimed. `residency` and `scrub`: what its account asks for. `waitedMs`: since
 * its request.
 */
const ConnectionCheck = z.object({
  id: z.string(),
  userId: z.string(),
  accountId: z.string(),
  model: z.string(),
  message: z.string().nullable(),
  residency: DataResidency,
  scrub: z.boolean(),
  waitedMs: z.int(),
})
export type ConnectionCheck = z.infer<typeof ConnectionCheck>

const Pending = z.object({ id: z.string() })

/** The lock on the row decides between workers: the second one finds it running. */
const claimStatement = (id: string, youngerThanMs: number): Statement => ({
  name: 'connection_check_claim',
  text: `update recto.connection_checks c set status = 'running'
    where c.id = $1 and c.status = 'pending' and c.created_at > now() - make_interval(secs => $2::float8 / 1000)
    returning c.id, c.user_id as "userId", c.account_id as "accountId", c.model, c.message,
      coalesce((select s.data_residency from recto.account_settings s where s.account_id = c.account_id), 'any') as residency,
      coalesce((select s.scrub from recto.account_settings s where s.account_id = c.account_id), false) as scrub,
      (extract(epoch from clock_timestamp() - c.created_at) * 1000)::integer as "waitedMs"`,
  values: [id, youngerThanMs],
})

export type ConnectionCheckStoreDeps = {
  pool: pg.Pool
  /** Repeats a write while the database cannot be reached. */
  retryWrite<T>(write: () => Promise<T>): Promise<T>
}

/** All SQL of connection checks. Nobody waits any more for a check that is older than `youngerThanMs`. */
export const createConnectionCheckStore = ({ pool, retryWrite }: ConnectionCheckStoreDeps) => ({
  /** Claims a check. Null when another worker has it, or it is done, deleted or too old. */
  claim: async (id: string, youngerThanMs: number): Promise<ConnectionCheck | null> => {
    const answer = await queryWithin(pool, { connectionCheck: id }, claimStatement(id, youngerThanMs))
    return rowsOf(answer, ConnectionCheck)[0] ?? null
  },

  /** The ids of checks that no worker has claimed, oldest first. */
  pending: async (youngerThanMs: number): Promise<string[]> => {
    const statement = {
      name: 'connection_checks_pending',
      text: `select id from recto.connection_checks
        where status = 'pending' and created_at > now() - make_interval(secs => $1::float8 / 1000) order by created_at`,
      values: [youngerThanMs],
    }
    const answer = await queryWithin(pool, { across: 'connection_checks' }, statement)
    return rowsOf(answer, Pending).map(({ id }) => id)
  },

  finish: async (id: string, result: ConnectionCheckResult): Promise<void> => {
    const statement = {
      name: 'connection_check_finish',
      text: `update recto.connection_checks set status = 'done', result = $2 where id = $1 and status = 'running'`,
      values: [id, JSON.stringify(result)],
    }
    await retryWrite(() => queryWithin(pool, { connectionCheck: id }, statement))
  },

  /** Returns a check, for another worker to claim. */
  release: async (id: string): Promise<void> => {
    const statement = {
      name: 'connection_check_release',
      text: `update recto.connection_checks set status = 'pending' where id = $1 and status = 'running'`,
      values: [id],
    }
    await retryWrite(() => queryWithin(pool, { connectionCheck: id }, statement))
  },
})

export type ConnectionCheckStore = ReturnType<typeof createConnectionCheckStore>
