import { AppError } from '@recto/shared/errors'
import { createClient } from '@supabase/supabase-js'
import { createMiddleware } from 'hono/factory'
import { createBoundedFetch } from './auth/bounded-fetch.ts'
import { cacheVerified } from './auth/cache-verified.ts'
import { checkByAuth, checkBySecret } from './auth/check-symmetric.ts'
import { createFairPlaces } from './auth/fair-places.ts'
import { createKeySet } from './auth/key-set.ts'
import { createVerifyToken, type VerifyToken } from './auth/verify-token.ts'
import { AUTH_REQUEST_MS, TOKEN_TRUST_MS } from './deadlines.ts'
import type { ApiEnv, CallerEnv } from './env.ts'

type AuthOptions = {
  supabaseUrl: string
  publishableKey: string
  /** The legacy secret of the project. Without it, the auth service is asked about HS256 tokens. */
  jwtSecret: string | undefined
}

/** Requests to the auth service that may be under way at once. */
const AUTH_REQUESTS = 20

/**
 * Authenticates people by the access tokens of one Supabase project. `ready` rejects with AppError auth_unavailable
 * while the project's keys cannot be fetched. With `jwtSecret` it does so only for a project that is known to have keys:
 * others sign by the secret, for which the auth service need not be there.
 */
export const createAuth = ({ supabaseUrl, publishableKey, jwtSecret }: AuthOptions) => {
  const fetch = createBoundedFetch(AUTH_REQUESTS, AUTH_REQUEST_MS)
  const { auth } = createClient(supabaseUrl, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch },
  })
  // The keys have a fetch of their own, so that a flood of tokens that the auth service must verify does not block
  // them.
  const fetchKeys = createBoundedFetch(2, AUTH_REQUEST_MS)
  const url = `${supabaseUrl}/auth/v1/.well-known/jwks.json`
  const keySet = createKeySet({ url, fetch: fetchKeys, now: Date.now, unknownKidMs: 10_000 })
  const remembered = { rememberMs: TOKEN_TRUST_MS, max: 10_000, now: Date.now }
  const checkSymmetric =
    jwtSecret === undefined
      ? checkByAuth({ auth, places: createFairPlaces(AUTH_REQUESTS), ...remembered })
      : checkBySecret(jwtSecret)
  const verify = createVerifyToken({ supabaseUrl, auth, findKey: keySet.find, checkSymmetric, now: Date.now })
  const ready = async (): Promise<void> => {
    const fetched = keySet.ready()
    if (jwtSecret === undefined || keySet.hasKeys()) await fetched
    else fetched.catch(() => undefined)
  }
  return {
    verify: cacheVerified(verify, { trustMs: TOKEN_TRUST_MS, max: 10_000, now: Date.now }),
    ready,
  }
}

/**
 * The person whose access token a request carries in `authorization`.
 * @throws AppError unauthorized without a valid token, auth_unavailable when that cannot be found out
 */
export const callerOf = async (
  verify: VerifyToken,
  authorization: string | undefined,
  client?: ApiEnv['Variables']['client'],
) => {
  const token = /^Bearer +([\w~+/.-]+=*)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) throw new AppError('unauthorized', 'Send an access token as Authorization: Bearer <token>.')
  return verify(token, client)
}

/** Rejects requests without a valid access token (401). There is no anonymous access. */
export const authenticate = (verify: VerifyToken) =>
  createMiddleware<CallerEnv>(async (c, next) => {
    c.set('caller', await callerOf(verify, c.req.header('authorization'), c.get('client')))
    await next()
  })
