import { randomUUID } from 'node:crypto'
import { importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { SigningKeys } from './signing-keys.ts'

export type TokenRequest = {
  sub: string
  email?: string
  role?: string
  aud?: string
  iss?: string
  /** Seconds from now. A negative number gives an expired token. */
  expiresIn?: number
  algorithm?: 'ES256' | 'HS256'
  /** Claims to add or replace. A claim set to undefined is left out. */
  overrides?: Record<string, unknown>
}

const secretOf = (keys: SigningKeys) => Buffer.from(keys.hs256, 'base64url')

/** Signs a token with the claims of a Supabase Auth session. */
export const issueToken = async (keys: SigningKeys, issuer: string, request: TokenRequest): Promise<string> => {
  const now = Math.floor(Date.now() / 1000)
  const claims: JWTPayload = {
    iss: request.iss ?? issuer,
    sub: request.sub,
    aud: request.aud ?? 'authenticated',
    exp: now + (request.expiresIn ?? 3600),
    iat: now,
    email: request.email ?? '',
    phone: '',
    app_metadata: { provider: 'email', providers: ['email'] },
    user_metadata: {},
    role: request.role ?? 'authenticated',
    aal: 'aal1',
    amr: [{ method: 'password', timestamp: now }],
    session_id: randomUUID(),
    is_anonymous: false,
    ...request.overrides,
  }
  const signer = new SignJWT(claims)
  if (request.algorithm === 'HS256') return signer.setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(secretOf(keys))
  return signer
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: keys.kid })
    .sign(await importJWK(keys.es256, 'ES256'))
}

/**
 * Verifies signature and expiry of a token and answers its claims.
 * @throws JOSEError of jose when the token is invalid
 */
export const verifyToken = async (keys: SigningKeys, token: string): Promise<JWTPayload> => {
  const { kty, crv, x, y } = keys.es256
  const publicKey = await importJWK({ kty, crv, x, y }, 'ES256')
  const { payload } = await jwtVerify(token, ({ alg }) => (alg === 'HS256' ? secretOf(keys) : publicKey), {
    algorithms: ['ES256', 'HS256'],
  })
  return payload
}
