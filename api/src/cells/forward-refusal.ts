import { AppError, type ProblemCode } from '@recto/shared/errors'
import { createMiddleware } from 'hono/factory'
import type { ForwardBindings } from './forward-bindings.ts'

const RETRY_AFTER_SECONDS = 2

/** An error after which the same request may succeed soon. */
export const retryLater = (code: ProblemCode, detail?: string) =>
  new AppError(code, detail, { retryAfter: RETRY_AFTER_SECONDS })

/** Throws the refusal that `forward` has passed along, so that it is answered and logged like any other error. */
export const throwForwardRefusal = createMiddleware<{ Bindings: ForwardBindings }>(async (c, next) => {
  // Without a server there is no env.
  const refusal = c.env?.refusal
  if (refusal !== undefined) throw refusal
  await next()
})
