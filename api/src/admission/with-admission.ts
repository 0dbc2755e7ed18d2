import { rowsOf, type Statement, sqlState, type Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import { z } from 'zod'
import { resetRole } from '../db/write-as.ts'
import { type Admission, readAdmission } from './admission.ts'
import { limitErrorOf } from './limit-error.ts'

const Admitted = z.object({ admission: z.string() })

/** Turns a denial, or the error for a person who does not exist any more, into an AppError. */
export const admissionErrorOf = (error: unknown): unknown =>
  sqlState(error) === '23503'
    ? new AppError('unauthorized', 'The account of this access token does not exist any more.')
    : limitErrorOf(error)

/**
 * Runs a statement that admission counts, as the caller, and resets the role of `tx` to the process's own behind it.
 * Answers the statement's one row, of the form of `form`, and the windows of the account after it.
 * @throws LimitError; AppError unauthorized when the person does not exist any more
 */
export const withAdmission = async <R extends z.ZodType>(
  tx: Tx,
  statement: Statement,
  form: R,
): Promise<{ row: z.output<R>; admission: Admission }> => {
  try {
    const [answer, reset] = await Promise.all([tx.query(statement), tx.query(resetRole)])
    const [row] = rowsOf(answer, form)
    if (row === undefined) throw new Error('the statement returned no row')
    return { row, admission: readAdmission(JSON.parse(rowsOf(reset, Admitted)[0]?.admission ?? '')) }
  } catch (error) {
    throw admissionErrorOf(error)
  }
}
