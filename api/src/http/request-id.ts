import { randomUUID } from 'node:crypto'
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from './env.ts'
import { readTraceId } from './trace-id.ts'

/**
 * Takes over a well-formed X-Request-Id or makes an id, which every answer carries, and takes over the trace of a
 * well-formed traceparent.
 */
export const requestId = createMiddleware<HttpEnv>(async (c, next) => {
  const given = c.req.header('x-request-id')
  const id = given !== undefined && /^[\w.:=+/-]{1,128}$/.test(given) ? given : randomUUID()
  c.set('requestId', id)
  c.set('traceId', readTraceId(c.req.header('traceparent')))
  await next()
  c.res.headers.set('X-Request-Id', id)
})
