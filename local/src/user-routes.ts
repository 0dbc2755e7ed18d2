import { type Context, Hono } from 'hono'
import { errors } from 'jose'
import { DatabaseError, type Pool } from 'pg'
import { z } from 'zod'
import { authError } from './auth-error.ts'
import { email } from './email.ts'
import { hashPassword, isPassword, SHORTEST_PASSWORD, tooShort } from './passwords.ts'
import type { SigningKeys } from './signing-keys.ts'
import { verifyToken } from './tokens.ts'
import { findPassword, findUser, updateUser } from './users.ts'

const subjectSchema = z.guid()
const Changes = z.object({
  email: email.optional(),
  password: z.string().max(1000).optional(),
  data: z.record(z.string(), z.unknown()).default({}),
})

type UserDeps = { keys: SigningKeys; publishableKey: string; db: Pool }

/** The user of a token, and what users change of themselves: address, password and metadata. */
export const createUserRoutes = ({ keys, publishableKey, db }: UserDeps) => {
  const app = new Hono()
  const refuse = (c: Context, code: 401 | 403 | 422, ...error: [string, string]) =>
    c.json(authError(code, ...error), code)

  /** The user of a request, or the answer to one without a valid token. */
  const userOf = async (c: Context) => {
    const token = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (!token || token === publishableKey)
      return refuse(c, 401, 'no_authorization', 'This endpoint requires a valid Bearer token')
    const claims = await verifyToken(keys, token).catch((error: unknown) => {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    })
    const subject = subjectSchema.safeParse(claims?.sub)
    if (!subject.success) return refuse(c, 403, 'bad_jwt', 'invalid JWT: unable to parse or verify it')
    const user = await findUser(db, subject.data)
    return user ?? refuse(c, 403, 'user_not_found', 'User from sub claim in JWT does not exist')
  }

  app.get('/user', async (c) => {
    const user = await userOf(c)
    return user instanceof Response ? user : c.json(user)
  })

  // An address needs no confirmation, so with one an anonymous user is a permanent one at once. The claim is_anonymous
  // of a token follows when the session is renewed.
  app.put('/user', async (c) => {
    const user = await userOf(c)
    if (user instanceof Response) return user
    const body = Changes.safeParse(await c.req.json().catch(() => null))
    if (!body.success)
      return c.json(authError(400, 'validation_failed', 'The body is not what this endpoint takes'), 400)
    const { email: address = null, password, data } = body.data
    if (password !== undefined) {
      if (user.is_anonymous && address === null)
        return refuse(
          c,
          422,
          'validation_failed',
          'Updating password of an anonymous user without an email or phone is not allowed',
        )
      if (password.length < SHORTEST_PASSWORD) return c.json(tooShort, 422)
      if (await isPassword(password, await findPassword(db, user.id)))
        return refuse(c, 422, 'same_password', 'New password should be different from the old password.')
    }
    try {
      const hashed = password === undefined ? null : await hashPassword(password)
      await updateUser(db, user.id, { email: address, password: hashed, metadata: data })
    } catch (error) {
      if (!(error instanceof DatabaseError && error.code === '23505')) throw error
      return refuse(c, 422, 'email_exists', 'A user with this email address has already been registered')
    }
    return c.json(await findUser(db, user.id))
  })
  return app
}
