import { AppError } from '@recto/shared/errors'
import { createMiddleware } from 'hono/factory'
import { createBoundedFetch } from './auth/bounded-fetch.ts'
import { cacheVerified } from './auth/cache-verified.ts'
import { createKeySet } from './auth/key-set.ts'
import { createVerifyToken, type VerifyToken } from './auth/verify-token.ts'
import { AUTH_REQUEST_MS, TOKEN_TRUST_MS } from './deadlines.ts'
import type { CallerEnv } from './env.ts'

type AuthOptions = { supabaseUrl: string; publishableKey: string }

/**
 * Authenticates people by the access tokens of one Supabase project. `ready` rejects with AppError auth_unavailable
 * while the project's keys cannot be fetched.
 */
export const createAuth = ({ supabaseUrl, publishableKey }: AuthOptions) => {
  const fetch = createBoundedFetch(20, AUTH_REQUEST_MS)
  // The keys have a fetch of their own, so that a flood of tokens that the auth service must verify does not block
  // them.
  const fetchKeys = createBoundedFetch(2, AUTH_REQUEST_MS)
  const url = `${supabaseUrl}/auth/v1/.well-known/jwks.json`
  const keySet = createKeySet({ url, fetch: fetchKeys, now: Date.now, unknownKidMs: 10_000 })
  const verify = createVerifyToken({ supabaseUrl, publishableKey, findKey: keySet.find, fetch, now: Date.now })
  return {
    verify: cacheVerified(verify, { trustMs: TOKEN_TRUST_MS, max: 10_000, now: Date.now }),
    ready: keySet.ready,
  }
}

/** Rejects requests without a valid access token (401). There is no anonymous access. */
export const authenticate = (verify: VerifyToken) =>
  createMiddleware<CallerEnv>(async (c, next) => {
    const token = /^Bearer +([\w~+/.-]+=*)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (token === undefined)
      throw new AppError('unauthorized', 'Send an access token as Authorization: Bearer <token>.')
    c.set('caller', await verify(token))
    await next()
  })
