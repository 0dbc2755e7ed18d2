import { OpenAPIHono } from '@hono/zod-openapi'
import { defaultModel } from '@recto/shared/catalog'
import type { Admission } from '../admission/admission.ts'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { WriteAs } from '../db/write-as.ts'
import type { CallerEnv } from '../env.ts'
import { optionalJsonBody } from '../http/json-body.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { connectionCheckRoute } from './contract.ts'
import { inWords, type RunConnectionCheckDeps, runConnectionCheck } from './run.ts'
import { findConnectionCheckResult, requestConnectionCheck } from './store.ts'

export type ConnectionCheckDeps = Omit<RunConnectionCheckDeps, 'request' | 'find'> & {
  readAs: ReadAs
  writeAs: WriteAs
  verify: VerifyToken
}

export const connectionCheckRoutes = (deps: ConnectionCheckDeps) => {
  const run = runConnectionCheck({
    ...deps,
    request: requestConnectionCheck(deps.writeAs),
    find: findConnectionCheckResult(deps.readAs),
  })

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid }).openapi(
    { ...connectionCheckRoute(deps.catalog), middleware: [authenticate(deps.verify), optionalJsonBody] },
    async (c) => {
      const { caller, requestId } = c.var
      const { model = defaultModel, message = null } = c.req.valid('json')
      const onAdmitted = (admission: Admission) => c.set('admission', admission)
      const data = await run({ caller, requestId }, { model, message, gone: c.req.raw.signal, onAdmitted })
      return c.json({ data, message: inWords(data) }, 200, { 'Cache-Control': 'no-store' })
    },
  )
}
