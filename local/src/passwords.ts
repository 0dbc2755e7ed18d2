import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { authError } from './auth-error.ts'

const derive = promisify<string, Buffer, number, Buffer>(scrypt)
const LENGTH = 32

/** In characters. */
export const SHORTEST_PASSWORD = 6

/** The answer to a shorter one. */
export const tooShort = authError(422, 'weak_password', `Password should be at least ${SHORTEST_PASSWORD} characters.`)

/** Hashes a password for `auth.users.encrypted_password`. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, LENGTH)
  return `scrypt:${salt.toString('base64url')}:${hash.toString('base64url')}`
}

/** Whether a password is the one that was hashed. False for a person without a password. */
export const isPassword = async (password: string, stored: string | null): Promise<boolean> => {
  const [, salt, hash] = /^scrypt:([\w-]+):([\w-]+)$/.exec(stored ?? '') ?? []
  if (salt === undefined || hash === undefined) return false
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url'), LENGTH), Buffer.from(hash, 'base64url'))
}
