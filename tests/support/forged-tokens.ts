import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto'

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The claims that Supabase Auth would put into a token. A claim set to undefined is left out. */
export const claimsOf = (sub: string, issuer: string, more: Record<string, unknown> = {}): Record<string, unknown> => {
  const now = Math.floor(Date.now() / 1000)
  const all = { iss: issuer, sub, aud: 'authenticated', role: 'authenticated', iat: now, exp: now + 3600 }
  return { ...all, session_id: randomUUID(), ...more }
}

/** A token with `alg: none`: a header, claims, and an empty signature. */
export const unsignedToken = (claims: object): string => `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`

/** A token that a new P-256 key signed under the key id of the real key. */
export const strangerToken = (claims: object, kid: string): string => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const body = `${part({ alg: 'ES256', typ: 'JWT', kid })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(body), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${body}.${signature.toString('base64url')}`
}

/** A token for the algorithm confusion attack: HS256 with a public value as its secret. */
export const hmacToken = (claims: object, secret: string | Buffer, kid?: string): string => {
  const body = `${part({ alg: 'HS256', typ: 'JWT', ...(kid ? { kid } : {}) })}.${part(claims)}`
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
}
