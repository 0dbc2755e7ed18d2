import type { Context, MiddlewareHandler } from 'hono'
import { cors as honoCors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import { secureHeaders as honoSecureHeaders } from 'hono/secure-headers'
import type { HttpEnv } from './env.ts'

/** An answer of the API is data: nothing of it may run or be framed. */
export const secureHeaders: MiddlewareHandler = honoSecureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] },
  crossOriginResourcePolicy: 'same-site',
  xFrameOptions: 'DENY',
  // For browsers and plug-ins that are gone.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
  overwrite: false,
})

const exposed = [
  'Location',
  'Retry-After',
  'ETag',
  'RateLimit',
  'RateLimit-Policy',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-Request-Id',
  'Idempotency-Replayed',
  'Preference-Applied',
]

/** Browsers of the configured origins may call; requests that come from no page pay nothing for it. */
export const cors = (origins: string[]): MiddlewareHandler => {
  const forPages = honoCors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
    allowMethods: ['GET', 'HEAD', 'POST', 'DELETE'],
    allowHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'If-None-Match',
      'Prefer',
      'X-Request-Id',
      'X-Recto-Account',
    ],
    exposeHeaders: exposed,
    maxAge: 600,
  })
  return async (c, next) => {
    if (c.req.header('origin') !== undefined) return forPages(c, next)
    await next()
    c.res.headers.append('Vary', 'Origin')
  }
}

/** A client that keeps its connection is told to open another one, which will go to another process. */
export const closeWhenStopping = (stopping: AbortSignal) =>
  createMiddleware<HttpEnv>(async (c: Context, next) => {
    await next()
    if (stopping.aborted) c.res.headers.set('Connection', 'close')
  })
