import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { AppError } from '@recto/shared/errors'
import type { SupabaseClient } from '@supabase/supabase-js'
import type { FairPlaces } from './fair-places.ts'

/**
 * Checks the signature of an HS256 token. `client`: who sent it.
 * @throws AppError unauthorized when the token is bad, auth_unavailable when that cannot be found out
 */
export type CheckSymmetric = (token: string, client: string) => Promise<void>

const invalid = (cause?: unknown) => new AppError('unauthorized', 'The access token is not valid.', { cause })

/** Checks tokens by the secret of the project, without a request. */
export const checkBySecret =
  (secret: string): CheckSymmetric =>
  async (token) => {
    const end = token.lastIndexOf('.')
    const expected = createHmac('sha256', secret).update(token.slice(0, end)).digest()
    const signature = Buffer.from(token.slice(end + 1), 'base64url')
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) throw invalid()
  }

/** Statuses by which the auth service rejects a token. Any other failure says nothing about the token. */
const badTokenStatuses = new Set([400, 401, 403, 404, 422])

type AuthDeps = {
  auth: Pick<SupabaseClient['auth'], 'getUser'>
  /** Shares the requests to the auth service out among clients. */
  places: FairPlaces
  /** How long, in milliseconds, and how many rejected tokens are remembered. */
  rememberMs: number
  max: number
  now(): number
}

/** Asks the auth service about tokens. A token that it rejected is rejected for a while without being asked about. */
export const checkByAuth = ({ auth, places, rememberMs, max, now }: AuthDeps): CheckSymmetric => {
  const rejected = new Map<string, number>()
  const remember = (key: string) => {
    rejected.delete(key)
    rejected.set(key, now() + rememberMs)
    const [oldest] = rejected.keys()
    if (rejected.size > max && oldest !== undefined) rejected.delete(oldest)
  }

  return async (token, client) => {
    const key = hash('sha256', token, 'base64')
    if ((rejected.get(key) ?? 0) > now()) throw invalid()
    const unknown = (cause: unknown) => new AppError('auth_unavailable', undefined, { retryAfter: 5, cause })
    const { error } = await places(client, () =>
      auth.getUser(token).catch((cause: unknown) => {
        throw unknown(cause)
      }),
    )
    if (!error) return
    if (error.status === undefined || !badTokenStatuses.has(error.status)) throw unknown(error)
    remember(key)
    throw invalid(error)
  }
}
