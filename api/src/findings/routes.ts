import { OpenAPIHono } from '@hono/zod-openapi'
import { AppError } from '@recto/shared/errors'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { CallerEnv } from '../env.ts'
import { retryAfterOf } from '../generations/poll-interval.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { findingsRoute } from './contract.ts'
import { findFindings } from './store.ts'

export const findingRoutes = ({ readAs, verify }: { readAs: ReadAs; verify: VerifyToken }) =>
  new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid }).openapi(
    { ...findingsRoute, middleware: [authenticate(verify)] },
    async (c) => {
      const { id } = c.req.valid('param')
      c.set('generationId', id)
      const found = await findFindings(readAs, c.var.caller, id)
      if (!found) throw new AppError('not_found')
      const retryAfter = retryAfterOf(found, Date.now())
      if (retryAfter !== null) c.header('Retry-After', String(retryAfter))
      const { status, data } = found
      return c.json({ status, data, next_cursor: null }, 200, { 'Cache-Control': 'private, no-cache' })
    },
  )
