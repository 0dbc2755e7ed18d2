import { type Statement, sqlState, type Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import type pg from 'pg'
import { resetRole } from '../db/write-as.ts'
import { type Admission, readAdmission } from './admission.ts'
import { limitErrorOf } from './limit-error.ts'

/**
 * Runs a statement that admission counts, as the caller, and resets the role of `tx` to the process's own behind it.
 * Answers the statement's one row, and the windows of the account after it.
 * @throws LimitError; AppError unauthorized when the person does not exist any more
 */
export const admit = async <R extends pg.QueryResultRow>(
  tx: Tx,
  statement: Statement,
): Promise<{ row: R; admission: Admission }> => {
  try {
    const [{ rows }, back] = await Promise.all([tx.query<R>(statement), tx.query<{ admission: string }>(resetRole)])
    const [row] = rows
    if (!row) throw new Error('the statement returned no row')
    return { row, admission: readAdmission(JSON.parse(back.rows[0]?.admission ?? '')) }
  } catch (error) {
    if (sqlState(error) === '23503')
      throw new AppError('unauthorized', 'The account of this access token does not exist any more.')
    throw limitErrorOf(error)
  }
}
