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
  /** The legacy shared secret of a project, base64url: tokens signed with it are good too, as on a hosted project. */
  hs256: z.string(),
})
export type SigningKeys = z.infer<typeof signingKeysSchema>

/** A new ES256 key pair, named by its thumbprint, and a legacy secret. */
export const createSigningKeys = async (): Promise<SigningKeys> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const es256 = ecSchema.parse(await exportJWK(privateKey))
  return { kid: await calculateJwkThumbprint(es256), es256, hs256: randomBytes(48).toString('base64url') }
}

/** The key set that everyone may read: the public half of the ES256 key, in the form Supabase Auth serves it. */
export const publicKeySet = ({ kid, es256: { kty, crv, x, y } }: SigningKeys): { keys: JWK[] } => ({
  keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig', key_ops: ['verify'], ext: true }],
})

/** What PostgREST checks tokens against: the public key, and the legacy secret under an algorithm of its own. */
export const verifierKeySet = (keys: SigningKeys): { keys: JWK[] } => ({
  keys: [...publicKeySet(keys).keys, { kty: 'oct', k: keys.hs256, alg: 'HS256', kid: 'legacy' }],
})
