import { OpenAPIHono, type z } from '@hono/zod-openapi'
import type { Caller, VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import { FRESH_MS } from '../deadlines.ts'
import type { CallerEnv } from '../env.ts'
import { type ServiceChecks, type ServiceDeps, serviceNames } from '../health/check-services.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { healthRoute, viewRoute } from './contract.ts'
import type { ReadView } from './read-view.ts'
import { requireOperator } from './require-operator.ts'
import { shareRuns } from './share-runs.ts'
import {
  costByAccountView,
  failuresView,
  generationsView,
  latestFailuresView,
  providerKeysView,
  queueView,
  routesView,
  stuckView,
  type View,
  workersView,
} from './views.ts'

export type OperatorDeps = Pick<ServiceDeps, 'listening'> & {
  services: ServiceChecks
  readView: ReadView
  verify: VerifyToken
  /** Epoch milliseconds. */
  now(): number
}

/** The views of operators. Every operator sees the same, so an answer is shared. */
export const operatorRoutes = ({ readView, verify, now, services, listening }: OperatorDeps) => {
  const app = new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid })
  const middleware = [authenticate(verify), requireOperator]
  const add = <Row extends z.ZodType>(view: View<Row>): void => {
    const read = shareRuns((caller: Caller, begin) => readView(caller, view, begin), FRESH_MS, now)
    app.openapi({ ...viewRoute(view), middleware }, async (c) => {
      const rows = await read(c.get('caller'))
      return c.json({ ...rows, next_cursor: null }, 200, {
        'Cache-Control': 'private, no-cache',
        Vary: 'Authorization',
      })
    })
  }
  add(generationsView)
  add(stuckView)
  add(routesView)
  add(providerKeysView)
  add(queueView)
  add(workersView)
  add(failuresView)
  add(latestFailuresView)
  add(costByAccountView)
  app.openapi({ ...healthRoute, middleware }, async (c) => {
    const health = await services.checkAll()
    const body = {
      status: health.status,
      services: serviceNames.map((name) => ({ name, ...health.services[name] })),
      listening: listening(),
      uptime_seconds: Math.round(process.uptime()),
    }
    return c.json(body, 200, { 'Cache-Control': 'private, no-store', Vary: 'Authorization' })
  })
  return app
}
