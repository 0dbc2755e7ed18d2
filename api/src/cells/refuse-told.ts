import { AppError, type ProblemCode } from '@recto/shared/errors'
import { createMiddleware } from 'hono/factory'

/** What an app is told to refuse a request with, instead of answering it. */
export type Told = { refusal?: ProblemCode }

/** Seconds until a request that was refused is worth another try. */
const AGAIN = 2

/** Refuses what the front of several cells says is to be refused. */
export const refuseTold = createMiddleware<{ Bindings: Told }>(async (c, next) => {
  // Without a server there is no env.
  const refusal = c.env?.refusal
  if (refusal !== undefined) throw new AppError(refusal, undefined, { retryAfter: AGAIN })
  await next()
})
