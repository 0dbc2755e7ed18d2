import { OpenAPIHono } from '@hono/zod-openapi'
import type { Logger } from '@recto/shared/log'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { CallerEnv } from '../env.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { eraseRoute, exportRoute, exportType } from './contract.ts'
import { type EraseDeps, erase } from './erase.ts'
import { type ExportDeps, exportStream } from './export.ts'

export type PersonalDataDeps = EraseDeps & ExportDeps & { verify: VerifyToken; log: Logger }

export const personalDataRoutes = (deps: PersonalDataDeps) => {
  const eraseAll = erase(deps)
  const signedIn = authenticate(deps.verify)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid })
    .openapi({ ...exportRoute, middleware: [signedIn] }, async (c) => {
      const { caller, requestId } = c.var
      const onError = (error: unknown) => deps.log.warn({ error, request_id: requestId }, 'export failed')
      return c.body(await exportStream(deps, caller, onError), 200, {
        'Content-Type': exportType,
        'Content-Disposition': 'attachment; filename="recto-data.jsonl"',
        'Cache-Control': 'no-store',
      })
    })
    .openapi({ ...eraseRoute, middleware: [signedIn] }, async (c) => {
      const { caller, requestId } = c.var
      await eraseAll({ caller, requestId })
      return c.body(null, 204)
    })
}
