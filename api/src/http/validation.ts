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
            message: 'is not a known field',
          }))
        : [{ path: issue.path.join('.'), message: issue.message }],
    )
    .slice(0, maxIssues)

/**
 * The hook behind each validation: throws zod's issues as an AppError.
 * @throws AppError not_found for a bad path parameter, invalid_text, invalid_request
 */
export const throwIfInvalid = (result: Validation): void => {
  if (result.success) return
  // A malformed id is answered like the id of a missing resource.
  if (result.target === 'param') throw new AppError('not_found')
  const text = result.error.issues.every(({ code, path }) => code === 'custom' && path[0] === 'source_text')
  throw new AppError(text ? 'invalid_text' : 'invalid_request', undefined, { issues: issuesOf(result.error) })
}
