import { AppError, type InputIssue } from '@recto/shared/errors'
import type { z } from 'zod'

type Validation = { success: true } | { success: false; error: z.core.$ZodError; target: string }

const maxIssues = 20

const issuesOf = ({ issues }: z.core.$ZodError): InputIssue[] =>
  issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({
            path: [...issue.path, key].join('.').slice(0, 100),
            message: 'is not known here',
          }))
        : [{ path: issue.path.join('.'), message: issue.message }],
    )
    .slice(0, maxIssues)

/** The hook after each validation: turns what zod found into the project's own error. */
export const refuseInvalid = (result: Validation): void => {
  if (result.success) return
  // An id that cannot be one is no more than an id that does not exist.
  if (result.target === 'param') throw new AppError('not_found')
  const text = result.error.issues.every(({ code, path }) => code === 'custom' && path[0] === 'source_text')
  throw new AppError(text ? 'invalid_text' : 'invalid_request', undefined, { issues: issuesOf(result.error) })
}
