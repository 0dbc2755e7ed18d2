import { isBusy, isUnreachable, sqlState } from '@recto/shared/database'
import { AppError, type ProblemCode, problems } from '@recto/shared/errors'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import pg from 'pg'

/** What recto.refuse_absent raises: this process does not know yet that the account lives in another cell. */
const movedAway = 'RCT01'

/** Whether recto.hold_off_erasure refused a write of a person whose data was being erased. */
const wasErased = (error: unknown): boolean =>
  sqlState(error) === 'PT409' && error instanceof pg.DatabaseError && error.detail === 'erased'

/** The AppError for any error. An unknown error becomes `internal_error`; its message does not reach the client. */
export const toAppError = (error: unknown): AppError => {
  if (error instanceof AppError) return error
  if (error instanceof HTTPException && error.status === 415) return new AppError('unsupported_media_type')
  if (error instanceof HTTPException && error.status === 400) return new AppError('invalid_json')
  if (sqlState(error) === movedAway) return new AppError('account_moving', undefined, { retryAfter: 2, cause: error })
  if (wasErased(error)) return new AppError('conflict', 'The data of this person was being erased.', { cause: error })
  if (isBusy(error)) return new AppError('overloaded', undefined, { retryAfter: 2, cause: error })
  if (isUnreachable(error)) return new AppError('database_unavailable', undefined, { retryAfter: 2, cause: error })
  return new AppError('internal_error', undefined, { cause: error })
}

/** The code of the answer to a request that failed. */
export const codeOf = (error: Error | undefined): ProblemCode | undefined => error && toAppError(error).code

/** The WWW-Authenticate header (RFC 6750): `Bearer` without a token, with `error="invalid_token"` for a bad one. */
const challenge = (c: Context): string =>
  c.req.header('authorization') === undefined ? 'Bearer' : 'Bearer error="invalid_token"'

/** The body of an error answer, as RFC 9457 defines it. */
export const problemOf = (
  { code, message, issues, retryAfter, limit, generationError }: AppError,
  requestId: string,
) => {
  const { status, title } = problems[code]
  return {
    type: `/problems/${code}`,
    title,
    status,
    ...(message === title ? {} : { detail: message }),
    code,
    request_id: requestId,
    ...(issues ? { errors: issues } : {}),
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
    ...(limit ? { limit } : {}),
    ...(generationError ? { error: generationError } : {}),
  }
}

const answer = (c: Context, error: AppError, headers: Record<string, string> = {}): Response => {
  const body = problemOf(error, c.get('requestId'))
  return c.body(JSON.stringify(body), body.status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...(error.retryAfter === undefined ? {} : { 'Retry-After': String(error.retryAfter) }),
    ...(error.code === 'unauthorized' ? { 'WWW-Authenticate': challenge(c) } : {}),
    ...headers,
  })
}

/** Answers an error that a handler or middleware threw. */
export const onError = (error: Error, c: Context): Response => answer(c, toAppError(error))

export const onNotFound = (c: Context): Response => answer(c, new AppError('not_found'))

export const onMethodNotAllowed = (c: Context, methods: string[]): Response =>
  answer(c, new AppError('method_not_allowed'), { Allow: methods.join(', ') })

/** Status and body for a request that reaches no handler. */
export const refusalOf = (code: ProblemCode, requestId: string) => {
  const detail = code === 'invalid_request' ? 'The request is not well-formed HTTP.' : undefined
  const problem = problemOf(new AppError(code, detail), requestId)
  return { status: problem.status, body: JSON.stringify(problem) }
}

/** The codes of the table that have this status, for the documentation. */
export const codesOf = (status: number): ProblemCode[] =>
  Object.entries(problems).flatMap(([code, problem]) => (problem.status === status && isCode(code) ? [code] : []))

export const isCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code)
