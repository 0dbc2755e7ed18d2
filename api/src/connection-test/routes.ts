import { OpenAPIHono } from '@hono/zod-openapi'
import { defaultModel } from '@recto/shared/catalog'
import type { Admission } from '../admission/admission.ts'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { CallerEnv } from '../http/env.ts'
import { optionalJsonBody } from '../http/json-body.ts'
import { refuseInvalid } from '../http/validation.ts'
import type { ReadAs } from '../reading.ts'
import type { WriteAs } from '../writing.ts'
import { testRoute } from './contract.ts'
import { runTest, type TestDeps } from './run.ts'
import { findTestResult, requestTest } from './store.ts'

export type ConnectionTestDeps = Omit<TestDeps, 'request' | 'find'> & {
  readAs: ReadAs
  writeAs: WriteAs
  verify: VerifyToken
}

export const connectionTestRoutes = (deps: ConnectionTestDeps) => {
  const run = runTest({ ...deps, request: requestTest(deps.writeAs), find: findTestResult(deps.readAs) })

  return new OpenAPIHono<CallerEnv>({ defaultHook: refuseInvalid }).openapi(
    { ...testRoute(deps.catalog), middleware: [authenticate(deps.verify), optionalJsonBody] },
    async (c) => {
      const { caller, requestId } = c.var
      const { model = defaultModel } = c.req.valid('json')
      const onAdmitted = (admission: Admission) => c.set('admission', admission)
      const data = await run({ caller, requestId }, { model, gone: c.req.raw.signal, onAdmitted })
      return c.json({ data }, 200, { 'Cache-Control': 'no-store' })
    },
  )
}
