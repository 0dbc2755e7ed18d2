import { LONGEST_RETRY_AFTER_MS } from '../../deadlines.ts'
import type { ProviderError } from './provider-error.ts'

type Told = string | number | null | undefined

const seconds = (value: Told): number | null => {
  const text = String(value ?? '').trim()
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : null
}

const secondsOrDate = (value: Told, now: number): number | null => {
  const date = typeof value === 'string' && /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN
  return seconds(value) ?? (Number.isNaN(date) ? null : Math.max(0, date - now))
}

const milliseconds = (value: Told): number | null => {
  const asSeconds = seconds(value)
  return asSeconds === null ? null : asSeconds / 1000
}

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `250ms`, `6m0s`, `1h2m3.5s`. */
const duration = (value: Told): number | null => {
  const text = typeof value === 'string' ? value.trim() : ''
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return null
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)
  return [...parts].reduce((sum, [, amount, unit = 'ms']) => sum + Number(amount) * (unitMs[unit] ?? 0), 0)
}

/** An instant as epoch milliseconds (OpenRouter) or seconds; one that is past tells nothing. */
const untilInstant = (value: Told, now: number): number | null => {
  const number = Number(value ?? Number.NaN)
  const instant = number > 1e11 ? number : number * 1000
  return instant > now ? instant - now : null
}

const headerOf = (headers: Record<string, Told>, name: string): Told =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]

/** Only what is used up says when it comes back; where that is not told, the later of the two. */
const limitReset = (headers: Headers): number | null => {
  const limits = ['requests', 'tokens'].map((name) => ({
    reset: duration(headers.get(`x-ratelimit-reset-${name}`)),
    spent: headers.get(`x-ratelimit-remaining-${name}`) === '0',
  }))
  const spent = limits.filter((limit) => limit.spent)
  const resets = (spent.length > 0 ? spent : limits).flatMap((limit) => limit.reset ?? [])
  return resets.length > 0 ? Math.max(...resets) : null
}

/**
 * How long a provider asks us to wait, in whole milliseconds from `now`, or null. Looked for in the places where providers put it,
 * most explicit first. The reset headers of rate limits stand on other answers too, so they count for a 429 only.
 */
export const readRetryAfter = (status: number, headers: Headers, error: ProviderError, now: number): number | null => {
  const { metadata, availability, details } = error
  const reset = headerOf(metadata.headers, 'x-ratelimit-reset') ?? headers.get('x-ratelimit-reset')
  const wait =
    milliseconds(headers.get('retry-after-ms')) ??
    secondsOrDate(headers.get('retry-after'), now) ??
    secondsOrDate(headerOf(metadata.headers, 'retry-after'), now) ??
    seconds(metadata.retry_after_seconds) ??
    seconds(availability.retry_after) ??
    (status === 429 ? (untilInstant(reset, now) ?? limitReset(headers)) : null) ??
    details.map((detail) => duration(detail.retryDelay)).find((delay) => delay !== null) ??
    null
  return wait === null ? null : Math.ceil(wait)
}

/** A wait to act on: one beyond a day is not believed. */
export const capRetryAfter = (wait: number | null): number | null =>
  wait !== null && wait <= LONGEST_RETRY_AFTER_MS ? wait : null
