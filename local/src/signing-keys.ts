import { randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { z } from 'zod'

const ecSchema = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
})

export const signingKeysSchema = z.object({
  kid: z.string(),
  es256: ecSchema,
  /** The project's legacy JWT secret in base64url. Tokens signed with it are valid too, as on a hosted project. */
  hs256: z.string(),
})
export type SigningKeys = z.infer<typeof signingKeysSchema>

/** Creates an ES256 key pair, whose id is its thumbprint, and a legacy secret. */
export const createSigningKeys = async (): Promise<SigningKeys> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const es256 = ecSchema.parse(await exportJWK(privateKey))
  return { kid: await calculateJwkThumbprint(es256), es256, hs256: randomBytes(48).toString('base64url') }
}

/** The public JSON Web Key Set: the public half of the ES256 key, in the form that Supabase Auth serves. */
export const publicKeySet = ({ kid, es256: { kty, crv, x, y } }: SigningKeys): { keys: JWK[] } => ({
  keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig', key_ops: ['verify'], ext: true }],
})

/** The key set by which PostgREST verifies tokens: the public key and the legacy secret. */
export const verifierKeySet = (keys: SigningKeys): { keys: JWK[] } => ({
  keys: [...publicKeySet(keys).keys, { kty: 'oct', k: keys.hs256, alg: 'HS256', kid: 'legacy' }],
})
