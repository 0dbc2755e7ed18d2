import { AppError } from '@recto/shared/errors'
import { createClient } from '@supabase/supabase-js'
import { z } from 'zod'
import type { FindKey } from './key-set.ts'

/**
 * A person whose token was verified. `claims`: the payload of the token as JSON, for row-level security. `expiresAt`:
 * epoch milliseconds.
 */
export type Caller = { userId: string; claims: string; expiresAt: number }

/**
 * Verifies an access token.
 * @throws AppError unauthorized when the token is bad, auth_unavailable when that cannot be found out
 */
export type VerifyToken = (token: string) => Promise<Caller>

const Header = z.object({
  alg: z.enum(['ES256', 'RS256', 'HS256']),
  kid: z.string().optional(),
  crit: z.undefined().optional(),
})

type VerifyDeps = {
  supabaseUrl: string
  publishableKey: string
  findKey: FindKey
  fetch: typeof globalThis.fetch
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

/** Statuses by which the auth service rejects a token. Any other failure says nothing about the token. */
const badTokenStatuses = new Set([400, 401, 403, 404, 422])

/**
 * Verifies tokens by `supabase.auth.getClaims`. It gets its key from `findKey`, so that it never fetches keys itself.
 * The auth service verifies symmetric tokens, after every check that needs no request.
 */
export const createVerifyToken = ({ supabaseUrl, publishableKey, findKey, fetch, now }: VerifyDeps): VerifyToken => {
  const supabase = createClient(supabaseUrl, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch },
  })
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

  return async (token) => {
    const { header, claims, json } = parse(token)
    const symmetric = header.alg === 'HS256'
    const key = symmetric || header.kid === undefined ? undefined : await findKey(header.kid)
    if (!symmetric && (key === undefined || (key.alg ?? header.alg) !== header.alg)) throw invalid()

    // For asymmetric tokens getClaims makes no request, so an error is the token's fault (for example a key of another
    // type).
    const { error } = await supabase.auth.getClaims(token, { jwks: { keys: key ? [key] : [] } }).catch((cause) => {
      throw symmetric ? new AppError('auth_unavailable', undefined, { retryAfter: 5, cause }) : invalid(cause)
    })
    if (error) {
      const isBad = !symmetric || (error.status !== undefined && badTokenStatuses.has(error.status))
      throw isBad ? invalid(error) : new AppError('auth_unavailable', undefined, { retryAfter: 5, cause: error })
    }
    return { userId: claims.sub.toLowerCase(), claims: json, expiresAt: claims.exp * 1000 }
  }
}
