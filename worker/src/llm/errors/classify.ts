import { OWN_CAPACITY_WAIT_MS, QUOTA_THRESHOLD_MS } from '../../deadlines.ts'
import type { FailureClass } from './failure.ts'
import { type ProviderError, readProviderError } from './provider-error.ts'
import { isLongQuota, isQuotaOfKey, quotaWait } from './quota.ts'
import { capQuotaWait, capRetryAfter, readRetryAfter } from './retry-after.ts'
import { isOfUpstream, saysLimit, wrapsLimit } from './upstream-limit.ts'

/**
 * The class of an error, and how many milliseconds the provider asks to wait; null when it does not say. `ofKey`: the
 * quota that is used up is that of the API key alone, not of the model or the account.
 */
export type Classification = { class: FailureClass; retryAfterMs: number | null; ofKey?: true }

/** Labels in an error body that decide the class, whatever the HTTP status is. */
const classByLabel: Record<string, FailureClass> = {
  // error.metadata.limit_source
  openrouter_in_flight_budget: 'capacity_own_account',
  openrouter_credits: 'provider_credit_exhausted',
  openrouter_key_limit: 'provider_credit_exhausted',
  upstream_provider_shared_pool: 'rate_limited_upstream',
  openrouter_free_tier_daily: 'quota_exhausted_until_reset',
  // error.metadata.reason
  in_flight_budget_exhausted: 'capacity_own_account',
  // error.metadata.error_type, and the values of OpenAI's error.code
  context_length_exceeded: 'too_long',
  max_tokens_exceeded: 'too_long',
  token_limit_exceeded: 'too_long',
  string_too_long: 'too_long',
  string_above_max_length: 'too_long',
  payload_too_large: 'too_long',
  authentication: 'auth',
  invalid_api_key: 'auth',
  provider_overloaded: 'upstream_error',
  provider_unavailable: 'upstream_error',
  server: 'upstream_error',
  timeout: 'timeout',
  invalid_prompt: 'invalid_request',
  content_policy_violation: 'content_blocked',
  content_filter: 'content_blocked',
  refusal: 'refused',
  insufficient_quota: 'provider_credit_exhausted',
  exceeded_current_quota_error: 'provider_credit_exhausted',
  billing_error: 'provider_credit_exhausted',
  // error.availability.code
  no_endpoints: 'no_route_for_policy',
  region_restricted: 'no_route_for_policy',
  privacy_restricted: 'no_route_for_policy',
  constraint_filtered: 'no_route_for_policy',
  model_not_found: 'invalid_request',
  model_deprecated: 'invalid_request',
  free_variant_ended: 'invalid_request',
  capacity_exhausted: 'rate_limited_upstream',
  temporarily_unavailable: 'upstream_error',
}

const tooLongPattern =
  /context[ _](length|window)|maximum (context|model length|number of tokens|allowed length)|too many (input )?tokens|(prompt|input) is too long|token limit|input token count|reduce the length/i
const noRoutePattern = /no (allowed )?(endpoints|providers)|data policy|privacy|guardrail/i
const flaggedPattern = /(input|prompt|content|request|message|text)s? (was|were|has been|is) flagged|moderation/i
const outOfMoneyPattern = /insufficient.{0,20}(balance|credit|funds)|out of credit|(account|credit) balance/i
const overQuotaPattern = /insufficient.{0,20}quota|exceeded your current quota|billing/i
const overKeyLimitPattern = /key limit|budget|spend(ing)? limit/i
/**
 * Google and Anthropic report these two problems with status 400. The patterns match only at the start of the message,
 * because the rest of it may quote the prompt.
 */
const badKeyPattern = /^api key (not valid|expired|not found)/i
const lowCreditPattern = /^your credit balance is too low/i

/** Labels that stand for an HTTP status where the body has no number, for example in an error frame of a stream. */
const statusByLabel: Record<string, number> = {
  authentication_error: 401,
  payment_required: 402,
  permission_denied: 403,
  permission_error: 403,
  not_found: 404,
  not_found_error: 404,
  invalid_request: 400,
  invalid_request_error: 400,
  precondition_failed: 412,
  unprocessable: 422,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  too_many_requests: 429,
  timeout_error: 504,
}

const classifyRequestError = (status: number, searchText: string): FailureClass => {
  if (tooLongPattern.test(searchText) || status === 413) return 'too_long'
  if (lowCreditPattern.test(searchText)) return 'provider_credit_exhausted'
  if (badKeyPattern.test(searchText)) return 'auth'
  return noRoutePattern.test(searchText) ? 'no_route_for_policy' : 'invalid_request'
}

const classifyForbidden = ({ metadata, searchText }: ProviderError): FailureClass => {
  if (metadata.reasons || flaggedPattern.test(searchText)) return 'content_blocked'
  return overKeyLimitPattern.test(searchText) || outOfMoneyPattern.test(searchText)
    ? 'provider_credit_exhausted'
    : 'auth'
}

const classifyTooManyRequests = (error: ProviderError, wait: number | null): FailureClass => {
  const { searchText } = error
  if (isLongQuota(error) || searchText.includes('limit_rpd')) return 'quota_exhausted_until_reset'
  if (isOfUpstream(error)) return 'rate_limited_upstream'
  if ((wait ?? 0) > QUOTA_THRESHOLD_MS) return 'quota_exhausted_until_reset'
  if (outOfMoneyPattern.test(searchText)) return 'provider_credit_exhausted'
  // Gemini also says "exceeded your current quota" about a limit per minute, but then it says how long to wait.
  return wait === null && overQuotaPattern.test(searchText) ? 'provider_credit_exhausted' : 'rate_limited'
}

const classifyStatus = (status: number, error: ProviderError, wait: number | null): FailureClass => {
  if (status === 401) return 'auth'
  if (status === 402) return 'provider_credit_exhausted'
  if (status === 403) return classifyForbidden(error)
  if (status === 408 || status === 504 || status === 522 || status === 524) return 'timeout'
  if (status === 429) return classifyTooManyRequests(error, wait)
  return status >= 500 ? 'upstream_error' : classifyRequestError(status, error.searchText)
}

/** The value of the first label that the table contains. */
const lookUp = <T>(table: Record<string, T>, labels: (string | number | null)[]): T | undefined =>
  labels
    .map((label) => (typeof label === 'string' && Object.hasOwn(table, label) ? table[label] : undefined))
    .find(Boolean)

/** The statuses that `fetch` would follow to another address. */
const redirects = new Set([301, 302, 303, 307, 308])

const requestErrorStatuses = [400, 413, 422]

/**
 * The labels of an error, most reliable first. An upstream's labels count only when they describe the request: what an
 * upstream reports about its own credit or load does not concern this deployment's account.
 */
const labelsOf = ({ metadata, availability, reason, code, type, upstream }: ProviderError, status: number) => [
  metadata.limit_source,
  metadata.reason,
  reason,
  metadata.error_type,
  availability.code,
  code,
  type,
  ...(requestErrorStatuses.includes(status)
    ? [metadata.provider_error_code, upstream?.code ?? null, upstream?.type ?? null]
    : []),
]

/**
 * The status in the body, or else the HTTP status. A label or a text in the body overrides an HTTP 2xx or 5xx, because an
 * aggregator uses these for any error of its upstreams.
 */
const statusOf = (httpStatus: number, error: ProviderError): number => {
  const { status, metadata, code, type } = error
  const isClientError = httpStatus >= 400 && httpStatus < 500
  if (isClientError) return status ?? httpStatus
  if ((status ?? 500) >= 500 && wrapsLimit(error)) return 429
  const labelled = lookUp(statusByLabel, [metadata.error_type, code, type])
  return status ?? labelled ?? (saysLimit(error) ? 429 : httpStatus >= 400 ? httpStatus : 500)
}

/**
 * Classifies a provider's error by its body before its HTTP `status`, because an aggregator wraps a 429 in a 500 and a
 * 200 can carry any error. `body` is parsed JSON or text; `now` is epoch milliseconds. A 200 whose body names no status
 * counts as a 500. The body of a redirect is ignored, because any server on the way may have written it.
 */
export const classifyError = (status: number, headers: Headers, body: unknown, now: number): Classification => {
  if (redirects.has(status)) return { class: 'redirected', retryAfterMs: null }
  const error = readProviderError(body)
  const effective = statusOf(status, error)
  const wait = readRetryAfter(effective, headers, error, now)
  const labelled = lookUp(classByLabel, labelsOf(error, effective))
  // A label for any failure of an upstream says less than the rate limit that the upstream reports.
  const isVague = labelled === 'upstream_error' && effective === 429 && wrapsLimit(error)
  const found = labelled && !isVague ? labelled : classifyStatus(effective, error, wait)
  if (found === 'quota_exhausted_until_reset')
    return {
      class: found,
      retryAfterMs: capQuotaWait(quotaWait(error, headers, wait, now)),
      ...(isQuotaOfKey(error) && { ofKey: true }),
    }
  const defaultWait = found === 'capacity_own_account' ? OWN_CAPACITY_WAIT_MS : null
  return { class: found, retryAfterMs: capRetryAfter(wait) ?? defaultWait }
}
