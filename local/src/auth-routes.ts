import { Hono } from 'hono'
import { cors } from 'hono/cors'
import type { Pool } from 'pg'
import { authError } from './auth-error.ts'
import { createSignInRoutes } from './sign-in-routes.ts'
import { publicKeySet, type SigningKeys } from './signing-keys.ts'
import { createUserRoutes } from './user-routes.ts'

type AuthDeps = {
  keys: SigningKeys
  /** The claim `iss` of the tokens. */
  issuer: string
  publishableKey: string
  db: Pool
}

/**
 * The part of Supabase Auth that pages and verifiers of tokens use: sign-up and sign-in, the key set, the user of a token
 * and its changes, and a health check.
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
  app.route('/', createUserRoutes({ keys, publishableKey, db }))
  app.notFound((c) => c.json(authError(404, 'not_found', 'Not part of the local system'), 404))
  app.onError((_error, c) => c.json(authError(503, 'unexpected_failure', 'The database cannot be reached'), 503))
  return app
}
