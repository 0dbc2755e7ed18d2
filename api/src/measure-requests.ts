import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import { LimitError } from './admission/limit-error.ts'
import type { ApiEnv } from './env.ts'
import type { Metrics } from './metrics.ts'

export type RequestMetrics = Omit<Metrics, 'registry'>

/** Counts every request for the metrics, and what limits refused. */
export const measureRequests = (metrics: RequestMetrics) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const startedAt = performance.now()
    await next()
    // `c.var` would copy all variables.
    const [admission, useCase] = [c.get('admission'), c.get('useCase')]
    metrics.requestEnded(c.req.method, routePath(c, -1), c.res.status, performance.now() - startedAt)
    if (c.error instanceof LimitError && c.error.limit) metrics.refused(c.error.limit.name)
    if (admission && useCase !== undefined) metrics.submitted(useCase)
  })
