import { LONGEST_QUOTA_REST_MS, LONGEST_QUOTA_WAIT_MS, LONGEST_RETRY_AFTER_MS } from '../../deadlines.ts'
import type { ProviderError } from './provider-error.ts'

/** The value of a header or of a body field. */
type RawValue = string | number | null | undefined

const parseSeconds = (value: RawValue): number | null => {
  const text = String(value ?? '').trim()
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : null
}

const parseSecondsOrDate = (value: RawValue, now: number): number | null => {
  const date = typeof value === 'string' && /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN
  const wait = parseSeconds(value)
  // Some providers write the epoch seconds of the reset. As a wait they would be 30 years.
  if (wait !== null && wait >= 1e12) return msUntilInstant(value, now)
  return wait ?? (Number.isNaN(date) ? null : Math.max(0, date - now))
}

const parseMilliseconds = (value: RawValue): number | null => {
  const asSeconds = parseSeconds(value)
  return asSeconds === null ? null : asSeconds / 1000
}

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Parses a duration (`250ms`, `6m0s`, `1h2m3.5s`) to milliseconds. OpenAI, Scaleway and Gemini write such durations.
 */
const parseDuration = (value: RawValue): number | null => {
  const text = typeof value === 'string' ? value.trim() : ''
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return null
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)
  return [...parts].reduce((sum, [, amount, unit = 'ms']) => sum + Number(amount) * (unitMs[unit] ?? 0), 0)
}

/** Milliseconds until an instant in epoch milliseconds (OpenRouter) or epoch seconds; null when the instant is past. */
const msUntilInstant = (value: RawValue, now: number): number | null => {
  const number = Number(value ?? Number.NaN)
  const instant = number > 1e11 ? number : number * 1000
  return instant > now ? instant - now : null
}

const headerOf = (headers: Record<string, RawValue>, name: string): RawValue =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]

/** A header that says when a rate limit resets: `x-ratelimit-reset-tokens`, `anthropic-ratelimit-requests-reset`. */
const resetHeader = /ratelimit\b.*\breset/

/** The value of a reset header: a duration, a date, an instant, or seconds. */
const parseReset = (value: string, now: number): number | null =>
  parseDuration(value) ??
  (/^\d{10,}$/.test(value.trim()) ? msUntilInstant(value.trim(), now) : parseSecondsOrDate(value, now)) ??
  (/^\d{4}-\d\d-\d\dT/.test(value) && Date.parse(value) > now ? Date.parse(value) - now : null)

const isUsedUp = (remaining: string | null): boolean => remaining !== null && /^0+(\.0+)?$/.test(remaining.trim())

/** Milliseconds until the last of the rate limits resets of which a header says that nothing remains, or null. */
const msUntilUsedUpReset = (headers: Headers, now: number): number | null => {
  const resets = [...headers]
    .filter(([name]) => resetHeader.test(name) && isUsedUp(headers.get(name.replace('reset', 'remaining'))))
    .flatMap(([, value]) => parseReset(value, now) ?? [])
  return resets.length > 0 ? Math.max(...resets) : null
}

/**
 * Milliseconds until the rate limits of requests and tokens reset: the later of both when the headers do not say which
 * limit is used up.
 */
const msUntilLimitReset = (headers: Headers): number | null => {
  const resets = ['requests', 'tokens'].flatMap((name) => parseDuration(headers.get(`x-ratelimit-reset-${name}`)) ?? [])
  return resets.length > 0 ? Math.max(...resets) : null
}

const unitNames: Record<string, string> = { second: 's', minute: 'm', hour: 'h', day: 'd' }
const waitInMessage =
  /\b(?:try again|retry|retrying|wait)(?: again)?(?: in| after| for)? ((?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+(?![a-z])|(\d+(?:\.\d+)?) (second|minute|hour|day)s?)/i

/** The wait that a message asks for in words: "Please try again in 7m12s", "wait 34567 seconds". */
const parseMessage = (message: string | null): number | null => {
  const [, duration, amount, unit] = waitInMessage.exec(message ?? '') ?? []
  return parseDuration(amount && unit ? `${amount}${unitNames[unit.toLowerCase()]}` : duration)
}

/** When the provider's rate limit starts anew, in milliseconds from `now` (epoch ms), or null. */
export const readReset = (headers: Headers, { metadata }: ProviderError, now: number): number | null => {
  const reset = headerOf(metadata.headers, 'x-ratelimit-reset') ?? headers.get('x-ratelimit-reset')
  return msUntilInstant(reset, now) ?? msUntilUsedUpReset(headers, now)
}

/**
 * How long the provider asks to wait, in whole milliseconds from `now` (epoch ms), or null. Headers and body fields are
 * read in order of how explicit they are. Rate-limit reset headers count only for a 429, because other responses carry
 * them too.
 */
export const readRetryAfter = (status: number, headers: Headers, error: ProviderError, now: number): number | null => {
  const { metadata, availability, details, message } = error
  const wait =
    parseMilliseconds(headers.get('retry-after-ms')) ??
    parseSecondsOrDate(headers.get('retry-after'), now) ??
    parseSecondsOrDate(headerOf(metadata.headers, 'retry-after'), now) ??
    parseSeconds(metadata.retry_after_seconds) ??
    parseSeconds(availability.retry_after) ??
    (status === 429 ? (readReset(headers, error, now) ?? msUntilLimitReset(headers)) : null) ??
    details.map((detail) => parseDuration(detail.retryDelay)).find((delay) => delay !== null) ??
    (status === 429 ? parseMessage(message) : null)
  return wait === null ? null : Math.ceil(wait)
}

/**
 * The wait in milliseconds, or null when it is longer than a day: such a wait is taken for an error of the provider.
 */
export const capRetryAfter = (wait: number | null): number | null =>
  wait !== null && wait <= LONGEST_RETRY_AFTER_MS ? wait : null

/** The wait for the reset of a quota in milliseconds: 31 days for a longer one, null for one of more than a year. */
export const capQuotaWait = (wait: number | null): number | null =>
  wait !== null && wait <= LONGEST_QUOTA_WAIT_MS ? Math.min(wait, LONGEST_QUOTA_REST_MS) : null
