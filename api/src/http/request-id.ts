import { randomUUID } from 'node:crypto'
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from './env.ts'

/** Takes over a well-formed X-Request-Id or makes an id, which every answer carries. */
export const requestId = createMiddleware<HttpEnv>(async (c, next) => {
  const given = c.req.header('x-request-id')
  const id = given !== undefined && /^[\w.:=+/-]{1,128}$/.test(given) ? given : randomUUID()
  c.set('requestId', id)
  await next()
  c.res.headers.set('X-Request-Id', id)
})
