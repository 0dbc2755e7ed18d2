import { Hono } from 'hono'
import { DatabaseError, type Pool } from 'pg'
import { z } from 'zod'
import { authError } from './auth-error.ts'
import { email } from './email.ts'
import { hashPassword, isPassword, SHORTEST_PASSWORD, tooShort } from './passwords.ts'
import { addPerson } from './people.ts'
import { createSession, userOfRefreshToken } from './sessions.ts'
import type { SigningKeys } from './signing-keys.ts'
import { addUser, findCredentials, findUser, recordSignIn } from './users.ts'

const metadata = z.record(z.string(), z.unknown()).default({})
const SignUp = z.object({ email: email.optional(), password: z.string().max(1000).optional(), data: metadata })
const Password = z.object({ email, password: z.string().max(1000) })
const Refresh = z.object({ refresh_token: z.string() })
const MadeUp = z.object({ name: z.string().trim().min(1).max(100) })

const invalid = authError(400, 'validation_failed', 'The body is not what this endpoint takes')
const wrong = authError(400, 'invalid_credentials', 'Invalid login credentials')
const gone = authError(400, 'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found')

/** `issuer`: the claim `iss` of the tokens. */
type SignInDeps = { keys: SigningKeys; issuer: string; db: Pool }

/** Sign-up, anonymous sign-in, sign-in with a password, renewal and sign-out, as supabase-js asks for them. */
export const createSignInRoutes = ({ keys, issuer, db }: SignInDeps) => {
  const app = new Hono()

  const sessionOf = async (id: string) => {
    await recordSignIn(db, id)
    const user = await findUser(db, id)
    return user && createSession(keys, issuer, user)
  }

  // Without an address and a password the person stays anonymous.
  app.post('/signup', async (c) => {
    const body = SignUp.safeParse(await c.req.json().catch(() => null))
    if (!body.success) return c.json(invalid, 400)
    const { email: address = null, password, data } = body.data
    if (address !== null && (password?.length ?? 0) < SHORTEST_PASSWORD) return c.json(tooShort, 422)
    try {
      const hashed = address === null || password === undefined ? null : await hashPassword(password)
      return c.json(await sessionOf(await addUser(db, { email: address, password: hashed, metadata: data })))
    } catch (error) {
      if (!(error instanceof DatabaseError && error.code === '23505')) throw error
      return c.json(authError(422, 'user_already_exists', 'User already registered'), 422)
    }
  })

  app.post('/token', async (c) => {
    const json: unknown = await c.req.json().catch(() => null)
    const grant = c.req.query('grant_type')
    if (grant === 'refresh_token') {
      const body = Refresh.safeParse(json)
      const id = body.success ? await userOfRefreshToken(keys, body.data.refresh_token) : undefined
      const session = id && (await sessionOf(id))
      return session ? c.json(session) : c.json(gone, 400)
    }
    const body = Password.safeParse(json)
    if (grant !== 'password' || !body.success) return c.json(invalid, 400)
    const found = await findCredentials(db, body.data.email)
    const right = await isPassword(body.data.password, found?.stored ?? null)
    return found && right ? c.json(await sessionOf(found.id)) : c.json(wrong, 400)
  })

  // Only the local system has this: the console signs a made-up person in by one click. `npm run token` knows the same
  // people.
  app.post('/made-up-person', async (c) => {
    const body = MadeUp.safeParse(await c.req.json().catch(() => null))
    if (!body.success) return c.json(invalid, 400)
    return c.json(await sessionOf((await addPerson(db, body.data.name)).id))
  })

  // Sessions are not stored, so that a client forgets its own is all there is to do.
  app.post('/logout', (c) => c.body(null, 204))
  return app
}
