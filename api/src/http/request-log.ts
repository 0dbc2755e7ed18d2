import type { Logger } from '@recto/shared/log'
import { traceIdOf } from '@recto/shared/traceparent'
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from './env.ts'
import { probes } from './probes.ts'
import { codeOf } from './problems.ts'
import { routeOf } from './route-of.ts'

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD'

/**
 * Logs one event per request when its answer is ready, or when the stream that is the answer has ended. Its fields never
 * hold a text, a token, a body or a query.
 * @param reads the fraction of successful reads that is logged, from 0 to 1; every other request is
 */
export const requestLog = (log: Pick<Logger, 'debug' | 'info' | 'error'>, reads: number) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    const startedAt = performance.now()
    await next()
    const { status } = c.res
    if (status < 400 && isRead(c.req.method) && Math.random() >= reads) return
    const write = (streamed?: { ended: string; events: number }) => {
      const used = c.get('used')
      const event = {
        method: c.req.method,
        route: routeOf(c),
        status,
        latency_ms: Math.round((performance.now() - startedAt) * 100) / 100,
        request_id: c.get('requestId'),
        trace_id: traceIdOf(c.get('traceparent')) ?? null,
        user_id: c.get('caller')?.userId ?? null,
        generation_id: c.get('generationId') ?? null,
        use_case: c.get('useCase') ?? null,
        rate_limited: status === 429,
        tokens_used: used?.tokens ?? null,
        cost_usd: used?.costUsd ?? null,
        cached: used?.cached ?? false,
        code: codeOf(c.error),
        error: status >= 500 ? c.error : undefined,
        ended: streamed?.ended,
        events: streamed?.events,
      }
      // Probes would hide all else, so they are logged at level debug.
      if (probes.has(event.route)) log.debug(event, 'request')
      else if (status >= 500) log.error(event, 'request')
      else log.info(event, 'request')
    }
    const stream = c.get('stream')
    if (stream) void stream.then(write)
    else write()
  })
