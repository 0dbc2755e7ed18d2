import { AppError, type ProblemCode } from '@recto/shared/errors'
import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from './env.ts'
import { codeOf } from './http/problems.ts'
import { routeOf } from './http/route-of.ts'
import type { Metrics } from './metrics.ts'

export type RequestMetrics = Pick<Metrics, 'requestEnded' | 'refused' | 'submitted' | 'reviewed'>

/** What an answer with such a code is counted as, where nothing else is named. */
const usualLimits: Partial<Record<ProblemCode, string>> = { overloaded: 'overload', account_moving: 'move' }

/** What refused a request: a limit of a plan, the queue, the API itself when it has too much to do, or a move. */
const limitOf = (error: Error | undefined): string | undefined => {
  const named = error instanceof AppError ? (error.limit?.name ?? error.countedAs) : undefined
  const code = codeOf(error)
  return named ?? (code && usualLimits[code])
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
