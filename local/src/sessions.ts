import { createHmac } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import type { SigningKeys } from './signing-keys.ts'
import { issueToken } from './tokens.ts'
import type { User } from './users.ts'

const EXPIRES_IN = 3600

// A secret of its own, so that no refresh token is an access token.
const refreshSecret = ({ hs256 }: SigningKeys) => createHmac('sha256', hs256).update('refresh').digest()

/** A session as Supabase Auth answers it. The refresh token is good until the home is deleted. */
export const createSession = async (keys: SigningKeys, issuer: string, user: User) => {
  const { id, email, is_anonymous, app_metadata, user_metadata } = user
  const amr = [{ method: is_anonymous ? 'anonymous' : 'password', timestamp: Math.floor(Date.now() / 1000) }]
  const request = { sub: id, email: email ?? '', expiresIn: EXPIRES_IN }
  const overrides = { is_anonymous, app_metadata, user_metadata, amr }
  return {
    access_token: await issueToken(keys, issuer, { ...request, overrides }),
    token_type: 'bearer',
    expires_in: EXPIRES_IN,
    expires_at: Math.floor(Date.now() / 1000) + EXPIRES_IN,
    refresh_token: await new SignJWT({ sub: id }).setProtectedHeader({ alg: 'HS256' }).sign(refreshSecret(keys)),
    user,
  }
}

/** The id of the user whose session a refresh token renews; undefined for any other text. */
export const userOfRefreshToken = async (keys: SigningKeys, token: string): Promise<string | undefined> => {
  try {
    return (await jwtVerify(token, refreshSecret(keys), { algorithms: ['HS256'] })).payload.sub
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
