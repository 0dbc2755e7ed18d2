import { OpenAPIHono } from '@hono/zod-openapi'
import { resolveAccount } from '../accounts/resolve-account.ts'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { CallerEnv } from '../env.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { usageRoute } from './contract.ts'
import { periodOf } from './period.ts'
import { readUsage } from './read.ts'

export type UsageDeps = {
  readAs: ReadAs
  verify: VerifyToken
  /** Epoch milliseconds. */
  now(): number
}

export const usageRoutes = ({ readAs, verify, now }: UsageDeps) => {
  const read = readUsage(readAs)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid }).openapi(
    { ...usageRoute, middleware: [authenticate(verify)] },
    async (c) => {
      const { group_by, account_id, ...days } = c.req.valid('query')
      const caller = c.get('caller')
      const account = resolveAccount(caller, c.req.header('x-recto-account'), account_id)
      const usage = await read(caller, account, periodOf(days, now()), group_by)
      return c.json(usage, 200, { 'Cache-Control': 'private, no-cache', Vary: 'Authorization, X-Recto-Account' })
    },
  )
}
