import { QUOTA_REST_MS, QUOTA_THRESHOLD_MS, RESET_LAG_MS } from '../../deadlines.ts'
import type { ProviderError } from './provider-error.ts'
import { readReset } from './retry-after.ts'

/** Google's ids of quotas: `GenerateRequestsPerDayPerProjectPerModel-FreeTier`. */
const longQuotaId = /per(day|week|month)/i

/** How messages name a quota of at least a day. */
const longQuota =
  /limit_rpd|\b(requests?|tokens?|calls?|messages?|models?)[ _-]per[ _-](day|week|month)\b|\b[RT]P[DW]\b|\b(daily|weekly|monthly) [\w ]{0,20}(limit|quota)|ByDay\b|per 86400 ?s/i

/** How messages name a shorter limit. A message that names both speaks of the shorter one: it mentions all limits. */
const shortLimit = /per[ _-](second|minute|hour)\b|\b[RT]PM\b/i

/** Whether a 429 is about a quota of a day or more. Only the provider's own message counts, not that of an upstream. */
export const isLongQuota = ({ quotaIds, message, code }: ProviderError): boolean => {
  const text = `${message ?? ''} ${code ?? ''}`
  return quotaIds.some((id) => longQuotaId.test(id)) || (longQuota.test(text) && !shortLimit.test(text))
}

const quotaIdOfKey = /per(api)?key/i

/** How messages name a quota of one key: "for this API key", "per key", "your key has reached", "API key daily limit". */
const quotaOfKey =
  /\b(?:per|for|of|on) (?:(?:this|your|the|each) )?(?:api[ _-]?)?key\b|\bkey (?:(?:daily|weekly|monthly|total|usage|request|token|rate)[ -]){0,3}(?:limit|quota)\b|\bkey (?:has )?(?:reached|exceeded|used up|exhausted)\b/i

/** Whether the quota of an error is that of the API key alone, so that another key of the account has its own. */
export const isQuotaOfKey = ({ quotaIds, message, code }: ProviderError): boolean =>
  quotaIds.some((id) => quotaIdOfKey.test(id)) || quotaOfKey.test(`${message ?? ''} ${code ?? ''}`)

const dayMs = 86_400_000

const clockAtGoogle = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'America/Los_Angeles',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
})

/**
 * Milliseconds until Google resets its quotas per day: at midnight in California. It is wrong by an hour on the two days
 * a year on which the clocks change. Right after midnight the reset is late, or this machine's clock is ahead: then it
 * is taken to be five minutes away, not a day.
 */
const untilResetAtGoogle = (now: number): number => {
  const [hour = 0, minute = 0, second = 0] = clockAtGoogle.format(now).split(':').map(Number)
  const sinceMidnight = ((hour * 60 + minute) * 60 + second) * 1000
  return sinceMidnight < RESET_LAG_MS ? QUOTA_REST_MS : dayMs - sinceMidnight
}

/**
 * How many milliseconds a quota of a day or more lasts, or null when nothing says it. `wait` is the provider's hint: a
 * short one is not believed, because Google says half a minute whatever the quota is. `now` is epoch milliseconds.
 */
export const quotaWait = (error: ProviderError, headers: Headers, wait: number | null, now: number): number | null => {
  if (wait !== null && wait > QUOTA_THRESHOLD_MS) return wait
  const reset = readReset(headers, error, now)
  if (reset !== null && reset > QUOTA_THRESHOLD_MS) return reset
  if (error.quotaIds.some((id) => longQuotaId.test(id))) return untilResetAtGoogle(now)
  return wait === null ? null : QUOTA_REST_MS
}
