import { type Statement, sqlState, type Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import type pg from 'pg'
import { resetRole } from '../db/write-as.ts'
import { type Admission, readAdmission } from './admission.ts'
import { limitErrorOf } from './limit-error.ts'

/**
 * Runs, as the caller, a statement that the database counts against limits, then steps back to the process's role for what
 * follows in `tx`. Answers its one row, and how the account stands after it.
 * @throws Refused; AppError unauthorized when the person is gone.
 */
export const admit = async <R extends pg.QueryResultRow>(
  tx: Tx,
  statement: Statement,
): Promise<{ row: R; admission: Admission }> => {
  try {
    const [{ rows }, back] = await Promise.all([tx.query<R>(statement), tx.query<{ admission: string }>(resetRole)])
    const [row] = rows
    if (!row) throw new Error('the statement returned nothing')
    return { row, admission: readAdmission(JSON.parse(back.rows[0]?.admission ?? '')) }
  } catch (error) {
    if (sqlState(error) === '23503')
      throw new AppError('unauthorized', 'The account of this access token does not exist any more.')
    throw limitErrorOf(error)
  }
}
