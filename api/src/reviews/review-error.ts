import { sqlState } from '@recto/shared/database'
import { AppError, problems } from '@recto/shared/errors'
import pg from 'pg'
import { z } from 'zod'

const Denial = z.object({
  code: z.enum(['not_found', 'not_yours', 'already_reviewed', 'card_changed', 'invalid_request', 'plan_limit']),
  ids: z.array(z.string()).default([]),
})
const denials = ['PT400', 'PT403', 'PT404', 'PT409']

/**
 * Turns a denial of `review_suggestions` or `review_findings` into an AppError, with the places of the denied decisions
 * in `issues`; returns any other error as it is.
 */
export const reviewErrorOf = (error: unknown, decisions: readonly { id: string }[]): unknown => {
  if (sqlState(error) === 'PT401') return new AppError('unauthorized', undefined, { cause: error })
  if (!(error instanceof pg.DatabaseError) || !denials.includes(error.code ?? '') || error.detail === 'erased')
    return error
  const { code, ids } = Denial.parse(JSON.parse(error.detail ?? ''))
  const issues = decisions.flatMap(({ id }, n) =>
    ids.includes(id) ? [{ path: `decisions.${n}.id`, message: problems[code].title }] : [],
  )
  return new AppError(code, undefined, issues.length > 0 ? { issues, cause: error } : { cause: error })
}
