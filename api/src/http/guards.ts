import type { Context, MiddlewareHandler } from 'hono'
import { cors as honoCors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import { secureHeaders as honoSecureHeaders } from 'hono/secure-headers'
import type { HttpEnv } from './env.ts'
import { allowsOrigin } from './origins.ts'

/** Answers of the API are data: browsers must neither run nor frame them. */
export const secureHeaders: MiddlewareHandler = honoSecureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] },
  crossOriginResourcePolicy: 'same-site',
  xFrameOptions: 'DENY',
  // These headers serve only browsers and plug-ins that no longer exist.
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
  'X-Recto-Cell',
]

/** Lets pages of the configured origins call the API. Requests without an Origin skip the work. */
export const cors = (origins: string[]): MiddlewareHandler => {
  const forPages = honoCors({
    origin: (origin) => (allowsOrigin(origins, origin) ? origin : null),
    allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'If-Match',
      'If-None-Match',
      'Last-Event-ID',
      'Prefer',
      'X-Request-Id',
      'X-Recto-Account',
      // Tracing libraries in browsers add these to every request.
      'traceparent',
      'tracestate',
      'baggage',
      'sentry-trace',
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

/**
 * While the process stops, tells clients to close their connections, so that their next request goes to another
 * process.
 */
export const closeWhenStopping = (stopping: AbortSignal) =>
  createMiddleware<HttpEnv>(async (c: Context, next) => {
    await next()
    if (stopping.aborted) c.res.headers.set('Connection', 'close')
  })
