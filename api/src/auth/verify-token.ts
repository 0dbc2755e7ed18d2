import { AppError } from '@recto/shared/errors'
import type { SupabaseClient } from '@supabase/supabase-js'
import { z } from 'zod'
import type { CheckSymmetric } from './check-symmetric.ts'
import type { FindKey } from './key-set.ts'

/**
 * A person whose token was verified. `claims`: the payload of the token as JSON, for row-level security. `expiresAt`:
 * epoch milliseconds.
 */
export type Caller = { userId: string; claims: string; expiresAt: number }

/**
 * Verifies an access token. `client` tells who sent it, where that matters.
 * @throws AppError unauthorized when the token is bad, auth_unavailable when that cannot be found out
 */
export type VerifyToken = (token: string, client?: () => string) => Promise<Caller>

const Header = z.object({
  alg: z.enum(['ES256', 'RS256', 'HS256']),
  kid: z.string().optional(),
  crit: z.undefined().optional(),
})

type VerifyDeps = {
  supabaseUrl: string
  auth: Pick<SupabaseClient['auth'], 'getClaims'>
  findKey: FindKey
  checkSymmetric: CheckSymmetric
  now(): number
}

const invalid = (cause?: unknown) => new AppError('unauthorized', 'The access token is not valid.', { cause })

const decode = (part: string): unknown =>
  JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url')))

/**
 * Finds U+0000 and lone surrogates in JSON that JSON.stringify wrote. Postgres can store neither, so row-level security
 * would fail in every statement of this caller.
 */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

/**
 * The claims as JSON, for row-level security.
 * @throws AppError unauthorized when Postgres cannot store them; RangeError when they are nested too deeply
 */
const toStorableJson = (claims: object): string => {
  const text = JSON.stringify(claims)
  if (unstorable.test(text)) throw invalid()
  return text
}

/** How far ahead the clock of the issuer may be. PostgREST allows as much. */
const clockLeewayMs = 30_000

/**
 * Verifies tokens by `supabase.auth.getClaims`. It gets its key from `findKey`, so that it never fetches keys itself
 * and makes no request. Symmetric tokens are verified by `checkSymmetric`, after every other check.
 */
export const createVerifyToken = ({ supabaseUrl, auth, findKey, checkSymmetric, now }: VerifyDeps): VerifyToken => {
  const begun = z.number().refine((time) => time * 1000 <= now() + clockLeewayMs)
  const Claims = z.looseObject({
    iss: z.literal(`${supabaseUrl}/auth/v1`),
    aud: z.union([z.string(), z.array(z.string())]).refine((aud) => [aud].flat().includes('authenticated')),
    exp: z.number().refine((exp) => exp * 1000 > now()),
    nbf: begun.optional(),
    iat: begun.optional(),
    role: z.literal('authenticated'),
    sub: z.guid(),
  })

  const parse = (token: string) => {
    try {
      const [header, payload, , ...more] = token.split('.')
      if (header === undefined || payload === undefined || more.length > 0) throw invalid()
      const claims = Claims.parse(decode(payload))
      return { header: Header.parse(decode(header)), claims, json: toStorableJson(claims) }
    } catch (error) {
      throw invalid(error)
    }
  }

  const checkAsymmetric = async (token: string, { alg, kid }: z.infer<typeof Header>) => {
    const key = kid === undefined ? undefined : await findKey(kid)
    if (key === undefined || (key.alg ?? alg) !== alg) throw invalid()
    // An error is the token's fault, for example a key of another type.
    const { error } = await auth.getClaims(token, { jwks: { keys: [key] } }).catch((cause) => {
      throw invalid(cause)
    })
    if (error) throw invalid(error)
  }

  return async (token, client) => {
    const { header, claims, json } = parse(token)
    if (header.alg === 'HS256') await checkSymmetric(token, client?.() ?? '')
    else await checkAsymmetric(token, header)
    return { userId: claims.sub.toLowerCase(), claims: json, expiresAt: claims.exp * 1000 }
  }
}
