import { OpenAPIHono } from '@hono/zod-openapi'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { CallerEnv } from '../env.ts'
import { retryAfterOf } from '../generations/poll-interval.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { suggestionsRoute } from './contract.ts'
import { listSuggestions } from './list.ts'

export const suggestionRoutes = ({ readAs, verify }: { readAs: ReadAs; verify: VerifyToken }) => {
  const list = listSuggestions(readAs)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid }).openapi(
    { ...suggestionsRoute, middleware: [authenticate(verify)] },
    async (c) => {
      const { id } = c.req.valid('param')
      c.set('generationId', id)
      const { status, created_at, data } = await list(c.get('caller'), id)
      const retryAfter = retryAfterOf({ status, created_at }, Date.now())
      if (retryAfter !== null) c.header('Retry-After', String(retryAfter))
      return c.json({ status, data, next_cursor: null }, 200, { 'Cache-Control': 'private, no-cache' })
    },
  )
}
