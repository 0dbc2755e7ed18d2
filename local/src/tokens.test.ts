import { decodeJwt, decodeProtectedHeader } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { createSigningKeys, publicKeySet, type SigningKeys } from './signing-keys.ts'
import { issueToken, verifyToken } from './tokens.ts'

const issuer = 'http://127.0.0.1:9/auth/v1'
const sub = '5f0c8f5e-57c5-4c5f-8d1b-0123456789ab'
let keys: SigningKeys

beforeAll(async () => {
  keys = await createSigningKeys()
})

test('issueToken signs the claims of a Supabase session and names its key', async () => {
  const token = await issueToken(keys, issuer, { sub, email: 'ada@recto.test' })
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', typ: 'JWT', kid: keys.kid })
  const claims = await verifyToken(keys, token)
  expect(claims).toMatchObject({
    iss: issuer,
    sub,
    email: 'ada@recto.test',
    aud: 'authenticated',
    role: 'authenticated',
  })
  expect(Number(claims.exp) - Number(claims.iat)).toBe(3600)
})

test('issueToken replaces and leaves out claims by overrides', async () => {
  const token = await issueToken(keys, issuer, {
    sub,
    role: 'anon',
    aud: 'other',
    overrides: { sub: undefined, team: 7 },
  })
  const claims = decodeJwt(token)
  expect(claims).toMatchObject({ role: 'anon', aud: 'other', team: 7 })
  expect(claims).not.toHaveProperty('sub')
})

test('verifyToken rejects an expired token and one that another key signed', async () => {
  await expect(verifyToken(keys, await issueToken(keys, issuer, { sub, expiresIn: -1 }))).rejects.toThrow(/exp/)
  const others = { ...(await createSigningKeys()), kid: keys.kid }
  await expect(verifyToken(keys, await issueToken(others, issuer, { sub }))).rejects.toThrow(/signature/)
})

test('verifyToken accepts a token of the legacy secret and rejects one of another secret', async () => {
  expect(await verifyToken(keys, await issueToken(keys, issuer, { sub, algorithm: 'HS256' }))).toMatchObject({ sub })
  const forged = await issueToken(await createSigningKeys(), issuer, { sub, algorithm: 'HS256' })
  await expect(verifyToken(keys, forged)).rejects.toThrow(/signature/)
})

test('publicKeySet holds neither the private key nor the legacy secret', () => {
  const [key, ...more] = publicKeySet(keys).keys
  expect(more).toEqual([])
  expect(Object.keys(key ?? {}).sort()).toEqual(['alg', 'crv', 'ext', 'key_ops', 'kid', 'kty', 'use', 'x', 'y'])
})
