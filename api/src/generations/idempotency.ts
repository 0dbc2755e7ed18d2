import { createHash } from 'node:crypto'

/** The header Idempotency-Key of a submission, and the hex digest that tells a repeated request from a different one. */
export type Idempotency = { key: string; digest: string }

/** The fields of a body beside its input and account. Those that have defaults may change between two requests. */
const defaulted = ['kind', 'model', 'prompt_version', 'options', 'data_residency', 'optimize', 'max_total_tokens']

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => [name, sorted(inner)])
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * The SHA-256, in hex, of what a body names, as it was sent: a field that is left out is not its default. The input is no
 * part of it, because nobody shall guess a short text from a digest; it is compared with the stored one.
 */
export const digestOf = (body: unknown): string => {
  const named = typeof body === 'object' && body !== null ? Object.entries(body) : []
  const fields = Object.fromEntries(named.filter(([name]) => defaulted.includes(name)))
  return createHash('sha256')
    .update(JSON.stringify(sorted(fields)))
    .digest('hex')
}
