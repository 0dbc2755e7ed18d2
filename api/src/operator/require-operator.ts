import { AppError } from '@recto/shared/errors'
import { createMiddleware } from 'hono/factory'
import { z } from 'zod'
import type { CallerEnv } from '../env.ts'

/** The claim that only the project itself can set. Everybody writes their own `user_metadata`, so that says nothing. */
const Operator = z.looseObject({ app_metadata: z.looseObject({ recto_role: z.literal('operator') }) })

/** Rejects callers whose token does not name them an operator (403). The database looks again (recto.require_operator). */
export const requireOperator = createMiddleware<CallerEnv>(async (c, next) => {
  if (!Operator.safeParse(JSON.parse(c.get('caller').claims)).success) throw new AppError('not_an_operator')
  await next()
})
