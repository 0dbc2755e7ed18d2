import { type Statement, sqlState, type Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import pg from 'pg'
import { stepBack } from '../writing.ts'
import { Admission, type LimitName, RateLimited } from './admission.ts'

const refusal = (limit: LimitName, error: unknown): unknown => {
  const state = sqlState(error)
  if (state === 'PT429' && error instanceof pg.DatabaseError)
    return new RateLimited(limit, Admission.parse(JSON.parse(error.detail ?? '')))
  if (state === '23503')
    return new AppError('unauthorized', 'The account of this access token does not exist any more.')
  return error
}

/**
 * Runs, as the caller, a statement that the database counts against a limit, then steps back to the process's role for what
 * follows in `tx`. Answers its one row, and the caller's place after it.
 * @throws RateLimited; AppError unauthorized when the person is gone.
 */
export const admit = async <R extends pg.QueryResultRow>(
  tx: Tx,
  limit: LimitName,
  statement: Statement,
): Promise<{ row: R; admission: Admission }> => {
  try {
    const [{ rows }, back] = await Promise.all([tx.query<R>(statement), tx.query<{ admission: string }>(stepBack)])
    const [row] = rows
    if (!row) throw new Error('the statement returned nothing')
    return { row, admission: Admission.parse(JSON.parse(back.rows[0]?.admission ?? '')) }
  } catch (error) {
    throw refusal(limit, error)
  }
}
