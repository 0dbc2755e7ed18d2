import { AppError } from '@recto/shared/errors'
import { createMiddleware } from 'hono/factory'
import { createBoundedFetch } from './auth/bounded-fetch.ts'
import { cacheVerified } from './auth/cache-verified.ts'
import { createKeySet } from './auth/key-set.ts'
import { createVerifyToken, type VerifyToken } from './auth/verify-token.ts'
import { AUTH_REQUEST_MS, TOKEN_TRUST_MS } from './deadlines.ts'
import type { CallerEnv } from './env.ts'

type AuthOptions = { supabaseUrl: string; publishableKey: string }

/** Tells people by the access tokens of one Supabase project. `ready` rejects while the project's keys cannot be had. */
export const createAuth = ({ supabaseUrl, publishableKey }: AuthOptions) => {
  const fetch = createBoundedFetch(20, AUTH_REQUEST_MS)
  // Apart from the others: whoever floods us with tokens to be asked about must not keep us from the keys.
  const fetchKeys = createBoundedFetch(2, AUTH_REQUEST_MS)
  const url = `${supabaseUrl}/auth/v1/.well-known/jwks.json`
  const keySet = createKeySet({ url, fetch: fetchKeys, now: Date.now, unknownKidMs: 10_000 })
  const verify = createVerifyToken({ supabaseUrl, publishableKey, findKey: keySet.find, fetch, now: Date.now })
  return {
    verify: cacheVerified(verify, { trustMs: TOKEN_TRUST_MS, max: 10_000, now: Date.now }),
    ready: keySet.ready,
  }
}

/** Only people pass: an absent token and a bad one are refused alike, and nobody is taken for anonymous. */
export const authenticate = (verify: VerifyToken) =>
  createMiddleware<CallerEnv>(async (c, next) => {
    const token = /^Bearer +([\w~+/.-]+=*)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (token === undefined)
      throw new AppError('unauthorized', 'Send an access token as Authorization: Bearer <token>.')
    c.set('caller', await verify(token))
    await next()
  })
