import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { errors } from 'jose'
import type { Pool } from 'pg'
import { z } from 'zod'
import { authError } from './auth-error.ts'
import { createSignInRoutes } from './sign-in-routes.ts'
import { publicKeySet, type SigningKeys } from './signing-keys.ts'
import { verifyToken } from './tokens.ts'
import { findUser } from './users.ts'

type AuthDeps = {
  keys: SigningKeys
  /** The claim `iss` of the tokens. */
  issuer: string
  publishableKey: string
  db: Pool
}

const subjectSchema = z.guid()

/**
 * The part of Supabase Auth that pages and verifiers of tokens use: sign-up and sign-in, the key set, the user of a token,
 * and a health check.
 */
export const createAuthRoutes = ({ keys, issuer, publishableKey, db }: AuthDeps) => {
  const app = new Hono().basePath('/auth/v1')
  app.use(cors())
  app.get('/.well-known/jwks.json', (c) => {
    c.header('cache-control', 'public, max-age=600')
    return c.json(publicKeySet(keys))
  })
  app.get('/health', (c) =>
    c.json({ version: 'local', name: 'GoTrue', description: "Recto's stand-in for Supabase Auth" }),
  )
  app.use(async (c, next) => {
    if (c.req.header('apikey') !== publishableKey) return c.json({ message: 'Invalid API key' }, 401)
    return next()
  })
  app.route('/', createSignInRoutes({ keys, issuer, db }))
  app.get('/user', async (c) => {
    const token = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (!token || token === publishableKey) {
      return c.json(authError(401, 'no_authorization', 'This endpoint requires a valid Bearer token'), 401)
    }
    const claims = await verifyToken(keys, token).catch((error: unknown) => {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    })
    const subject = subjectSchema.safeParse(claims?.sub)
    if (!subject.success) return c.json(authError(403, 'bad_jwt', 'invalid JWT: unable to parse or verify it'), 403)
    const user = await findUser(db, subject.data)
    if (!user) return c.json(authError(403, 'user_not_found', 'User from sub claim in JWT does not exist'), 403)
    return c.json(user)
  })
  app.notFound((c) => c.json(authError(404, 'not_found', 'Not part of the local system'), 404))
  app.onError((_error, c) => c.json(authError(503, 'unexpected_failure', 'The database cannot be reached'), 503))
  return app
}
