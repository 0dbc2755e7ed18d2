import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { errors } from 'jose'
import type { Pool } from 'pg'
import { z } from 'zod'
import { publicKeySet, type SigningKeys } from './signing-keys.ts'
import { verifyToken } from './tokens.ts'

type AuthDeps = { keys: SigningKeys; publishableKey: string; db: Pool }

const subjectSchema = z.guid()

// Supabase Auth's API has other names for these columns of auth.users.
const userSql = `
  select id, aud, role, email, email_confirmed_at, coalesce(phone, '') as phone, confirmed_at, last_sign_in_at,
         raw_app_meta_data as app_metadata, raw_user_meta_data as user_metadata, '[]'::jsonb as identities,
         created_at, updated_at, is_anonymous
  from auth.users where id = $1 and deleted_at is null`

/** An error body of Supabase Auth. */
const authError = (code: number, error_code: string, msg: string) => ({ code, error_code, msg })

/** The part of Supabase Auth that verifiers of tokens use: the key set, the user of a token, and a health check. */
export const createAuthRoutes = ({ keys, publishableKey, db }: AuthDeps) => {
  const app = new Hono().basePath('/auth/v1')
  app.use(cors())
  app.get('/.well-known/jwks.json', (c) => {
    c.header('cache-control', 'public, max-age=600')
    return c.json(publicKeySet(keys))
  })
  app.get('/health', (c) =>
    c.json({ version: 'local', name: 'GoTrue', description: "Recto's stand-in for Supabase Auth" }),
  )
  app.get('/user', async (c) => {
    if (c.req.header('apikey') !== publishableKey) return c.json({ message: 'Invalid API key' }, 401)
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
    const { rows } = await db.query({ name: 'user-of-token', text: userSql, values: [subject.data] })
    if (rows[0] === undefined)
      return c.json(authError(403, 'user_not_found', 'User from sub claim in JWT does not exist'), 403)
    return c.json(rows[0])
  })
  app.notFound((c) => c.json(authError(404, 'not_found', 'Not part of the local system'), 404))
  app.onError((_error, c) => c.json(authError(503, 'unexpected_failure', 'The database cannot be reached'), 503))
  return app
}
