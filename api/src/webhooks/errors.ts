import { AppError, type ProblemCode, problems } from '@recto/shared/errors'
import pg from 'pg'

const isProblem = (code: string | undefined): code is ProblemCode => code !== undefined && Object.hasOwn(problems, code)

/** A webhook has ten tests in a minute; a person makes a thousand changes in an hour. */
const retryAfterOf: Partial<Record<ProblemCode, number>> = { rate_limited: 60 }

/** Turns what functions of webhooks raise, with the code of an answer as its detail, into an AppError; others stay. */
const webhookErrorOf = (error: unknown): unknown => {
  if (!(error instanceof pg.DatabaseError) || !error.code?.startsWith('PT') || !isProblem(error.detail)) return error
  const code = error.detail
  const detail = `${error.message.slice(0, 1).toUpperCase()}${error.message.slice(1)}.`
  const retryAfter = retryAfterOf[code]
  return new AppError(code, detail, { cause: error, ...(retryAfter === undefined ? {} : { retryAfter }) })
}

/**
 * Runs work that calls functions of webhooks.
 * @throws AppError not_found, not_a_member, not_an_admin, plan_limit, conflict, rate_limited; else what `work` throws
 */
export const asWebhookErrors = async <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw webhookErrorOf(error)
  })
