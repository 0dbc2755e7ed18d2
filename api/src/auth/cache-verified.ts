import { hash } from 'node:crypto'
import { AppError } from '@recto/shared/errors'
import type { Caller, VerifyToken } from './verify-token.ts'

type Limits = { trustMs: number; max: number; now(): number }

/**
 * Caches callers by the hash of their token for `trustMs`, because verifying a signature costs more than the rest of a
 * request. The cache holds `max` callers and drops the least recently used one. An expired token is rejected all the
 * same.
 */
export const cacheVerified = (verify: VerifyToken, { trustMs, max, now }: Limits): VerifyToken => {
  const known = new Map<string, { caller: Caller; until: number }>()

  return async (token, client) => {
    const key = hash('sha256', token, 'base64')
    const found = known.get(key)
    known.delete(key)
    if (found && found.until > now()) {
      if (found.caller.expiresAt <= now()) throw new AppError('unauthorized', 'The access token is not valid.')
      known.set(key, found)
      return found.caller
    }
    const caller = await verify(token, client)
    known.set(key, { caller, until: now() + trustMs })
    if (known.size > max) {
      const [oldest] = known.keys()
      if (oldest !== undefined) known.delete(oldest)
    }
    return caller
  }
}
