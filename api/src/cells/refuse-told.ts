import { AppError, type ProblemCode } from '@recto/shared/errors'
import { createMiddleware } from 'hono/factory'
import type { Told } from './told.ts'

/** Seconds until a request that was refused is worth another try. */
const AGAIN = 2

/** A refusal of what may be asked again soon. */
export const later = (code: ProblemCode, detail?: string) => new AppError(code, detail, { retryAfter: AGAIN })

/** Refuses what the front of several cells says is to be refused. */
export const refuseTold = createMiddleware<{ Bindings: Told }>(async (c, next) => {
  // Without a server there is no env.
  const refusal = c.env?.refusal
  if (refusal !== undefined) throw refusal
  await next()
})
