import { AppError } from '@recto/shared/errors'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { LimitError } from '../admission/limit-error.ts'
import type { Window } from '../admission/windows.ts'
import type { ApiEnv } from '../env.ts'
import { clientAddress, type TrustedProxies } from '../http/client-address.ts'
import { onError } from '../http/problems.ts'
import { createRefusedRequests } from './refused-requests.ts'

export type LimitRefusedDeps = {
  trustedProxies: TrustedProxies
  /** The address that sent the request to this process: a client's or a proxy's. */
  remoteAddress(c: Context): string | undefined
  now(): number
}

const tooMany = (window: Window): LimitError =>
  new LimitError({
    code: 'rate_limited',
    detail: 'Too many requests without a valid access token came from this address.',
    limit: window,
    retryAfter: window.reset,
    windows: [window],
  })

/**
 * Answers 429 in place of 401 when an address sends too many requests without a valid token. A request with a valid
 * token is never refused for its address, because many people may share one. Tells the handlers who the client is.
 */
export const limitRefused = ({ trustedProxies, remoteAddress, now }: LimitRefusedDeps) => {
  const count = createRefusedRequests(now)

  return createMiddleware<ApiEnv>(async (c, next) => {
    const client = () => clientAddress(trustedProxies, remoteAddress(c), c.req.header('x-forwarded-for'))
    c.set('client', client)
    await next()
    if (!(c.error instanceof AppError) || c.error.code !== 'unauthorized') return
    const { remaining, ...counted } = count(client())
    const window = { name: 'unauthorized', ...counted, remaining: Math.max(0, remaining) }
    c.set('refused', window)
    if (remaining >= 0) return
    c.error = tooMany(window)
    // Hono would keep the headers of the answer that is replaced.
    c.res = undefined
    c.res = onError(c.error, c)
  })
}
