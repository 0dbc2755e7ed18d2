import { hash } from 'node:crypto'
import { OpenAPIHono } from '@hono/zod-openapi'
import { type Catalog, type DataResidency, strictest } from '@recto/shared/catalog'
import { AppError } from '@recto/shared/errors'
import { resolveAccount } from '../accounts/resolve-account.ts'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { CallerEnv } from '../env.ts'
import { matchesEtag } from '../http/matches-etag.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { modelsRoute } from './contract.ts'
import { listModels } from './list.ts'
import { findAccountModels, type LiveRoute } from './store.ts'

export type ModelDeps = {
  catalog: Catalog
  /** The residency of the deployment. */
  residency: DataResidency
  liveRoutes(): Promise<LiveRoute[]>
  readAs: ReadAs
  verify: VerifyToken
}

export const modelRoutes = ({ catalog, residency, liveRoutes, readAs, verify }: ModelDeps) =>
  new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid }).openapi(
    { ...modelsRoute, middleware: [authenticate(verify)] },
    async (c) => {
      const caller = c.get('caller')
      const account = resolveAccount(caller, c.req.header('x-recto-account'), c.req.valid('query').account_id)
      const [policy, live] = await Promise.all([findAccountModels(readAs, caller, account), liveRoutes()])
      if (!policy) throw new AppError('not_a_member')
      const list = listModels(catalog, { ...policy, residency: strictest(residency, policy.residency) }, live)
      const etag = `W/"${hash('sha256', JSON.stringify(list), 'base64url')}"`
      const headers = { 'Cache-Control': 'private, no-cache', ETag: etag, Vary: 'Authorization, X-Recto-Account' }
      const known = matchesEtag(c.req.header('if-none-match'), etag)
      return known ? c.body(null, 304, headers) : c.json(list, 200, headers)
    },
  )
