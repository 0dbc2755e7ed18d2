import type { AppError } from '@recto/shared/errors'
import { createMiddleware } from 'hono/factory'

/** What an app is told to refuse a request with, instead of answering it. */
export type Told = { refusal?: AppError }

/** Refuses what the front of several cells says is to be refused. */
export const refuseTold = createMiddleware<{ Bindings: Told }>(async (c, next) => {
  // Without a server there is no env.
  const refusal = c.env?.refusal
  if (refusal !== undefined) throw refusal
  await next()
})
