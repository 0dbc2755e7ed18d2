import { OpenAPIHono } from '@hono/zod-openapi'
import { AppError } from '@recto/shared/errors'
import { resolveAccount } from '../accounts/resolve-account.ts'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { CallerEnv } from '../env.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { limitsRoute } from './contract.ts'
import { findLimits } from './store.ts'

export const limitRoutes = ({ readAs, verify }: { readAs: ReadAs; verify: VerifyToken }) =>
  new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid }).openapi(
    { ...limitsRoute, middleware: [authenticate(verify)] },
    async (c) => {
      const caller = c.get('caller')
      const account_id = resolveAccount(caller, c.req.header('x-recto-account'), c.req.valid('query').account_id)
      const limits = await findLimits(readAs, caller, account_id)
      if (!limits) throw new AppError('not_a_member')
      const headers = { 'Cache-Control': 'private, no-cache', Vary: 'Authorization, X-Recto-Account' }
      return c.json({ ...limits, account_id, next_cursor: null }, 200, headers)
    },
  )
