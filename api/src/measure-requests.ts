import { AppError } from '@recto/shared/errors'
import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from './env.ts'
import { codeOf } from './http/problems.ts'
import { routeOf } from './http/route-of.ts'
import type { Metrics } from './metrics.ts'

export type RequestMetrics = Pick<Metrics, 'requestEnded' | 'refused' | 'submitted' | 'reviewed'>

/** The limit that refused a request: one of a plan, of the queue, or of the API itself when it is overloaded. */
const limitOf = (error: Error | undefined): string | undefined => {
  const named = error instanceof AppError ? (error.limit?.name ?? error.countedAs) : undefined
  return named ?? (codeOf(error) === 'overloaded' ? 'overload' : undefined)
}

/** Counts every request for the metrics, what limits refused, and what people decided. */
export const measureRequests = (metrics: RequestMetrics) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const startedAt = performance.now()
    await next()
    // `c.var` would copy all variables.
    const [admission, useCase] = [c.get('admission'), c.get('useCase')]
    metrics.requestEnded(c.req.method, routeOf(c), c.res.status, performance.now() - startedAt)
    const limit = limitOf(c.error)
    if (limit !== undefined) metrics.refused(limit)
    if (admission && useCase !== undefined) metrics.submitted(useCase)
    const reviewed = c.get('reviewed')
    if (reviewed) for (const action of reviewed.actions) metrics.reviewed(reviewed.about, action)
  })
