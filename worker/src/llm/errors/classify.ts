import { OWN_CAPACITY_WAIT_MS, QUOTA_THRESHOLD_MS } from '../../deadlines.ts'
import type { FailureClass } from './failure.ts'
import { type ProviderError, readProviderError } from './provider-error.ts'
import { capRetryAfter, readRetryAfter } from './retry-after.ts'

/** What an error is, and what it says of waiting (milliseconds). */
export type Verdict = { class: FailureClass; retryAfterMs: number | null }

/** Labels that settle the class whatever the status around them. */
const byLabel: Record<string, FailureClass> = {
  // error.metadata.limit_source
  openrouter_in_flight_budget: 'capacity_own_account',
  openrouter_credits: 'provider_credit_exhausted',
  openrouter_key_limit: 'provider_credit_exhausted',
  upstream_provider_shared_pool: 'rate_limited_upstream',
  openrouter_free_tier_daily: 'quota_exhausted_until_reset',
  // error.metadata.reason
  in_flight_budget_exhausted: 'capacity_own_account',
  // error.metadata.error_type, and OpenAI's codes
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

const tooLong =
  /context[ _](length|window)|maximum (context|model length|number of tokens|allowed length)|too many (input )?tokens|(prompt|input) is too long|token limit|input token count|reduce the length/i
const noRoute = /no (allowed )?(endpoints|providers)|data policy|privacy|guardrail/i
const flagged = /(input|prompt|content|request|message|text)s? (was|were|has been|is) flagged|moderation/i
const outOfMoney = /insufficient.{0,20}(balance|credit|funds)|out of credit|(account|credit) balance/i
const overQuota = /insufficient.{0,20}quota|exceeded your current quota|billing/i
const overOwnLimit = /key limit|budget|spend(ing)? limit/i
/** Google and Anthropic answer so with a 400. Only at the start: what stands further on may quote a text about such things. */
const badKey = /^api key (not valid|expired|not found)/i
const lowCredit = /^your credit balance is too low/i

/** Names that tell a status where no number does, as in an error frame of a stream. */
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

const refusedRequest = (status: number, words: string): FailureClass => {
  if (tooLong.test(words) || status === 413) return 'too_long'
  if (lowCredit.test(words)) return 'provider_credit_exhausted'
  if (badKey.test(words)) return 'auth'
  return noRoute.test(words) ? 'no_route_for_policy' : 'invalid_request'
}

const forbidden = ({ metadata, words }: ProviderError): FailureClass => {
  if (metadata.reasons || flagged.test(words)) return 'content_blocked'
  return overOwnLimit.test(words) || outOfMoney.test(words) ? 'provider_credit_exhausted' : 'auth'
}

const limited = ({ metadata, words }: ProviderError, wait: number | null): FailureClass => {
  if (words.includes('limit_rpd')) return 'quota_exhausted_until_reset'
  if (metadata.provider_name) return 'rate_limited_upstream'
  if ((wait ?? 0) > QUOTA_THRESHOLD_MS) return 'quota_exhausted_until_reset'
  if (outOfMoney.test(words)) return 'provider_credit_exhausted'
  // Gemini says "exceeded your current quota" of a minute's limit too, and then says when to come back.
  return wait === null && overQuota.test(words) ? 'provider_credit_exhausted' : 'rate_limited'
}

const byStatus = (status: number, error: ProviderError, wait: number | null): FailureClass => {
  if (status === 401) return 'auth'
  if (status === 402) return 'provider_credit_exhausted'
  if (status === 403) return forbidden(error)
  if (status === 408 || status === 504 || status === 522 || status === 524) return 'timeout'
  if (status === 429) return limited(error, wait)
  return status >= 500 ? 'upstream_error' : refusedRequest(status, error.words)
}

const lookUp = <T>(table: Record<string, T>, labels: (string | number | null)[]): T | undefined =>
  labels
    .map((label) => (typeof label === 'string' && Object.hasOwn(table, label) ? table[label] : undefined))
    .find(Boolean)

const refusals = [400, 413, 422]

/** What the upstream says of the request is true of the request; what it says of its own credit or load is not about us. */
const labelsOf = ({ metadata, availability, reason, code, type, upstream }: ProviderError, status: number) => [
  metadata.limit_source,
  metadata.reason,
  reason,
  metadata.error_type,
  availability.code,
  code,
  type,
  ...(refusals.includes(status) ? [metadata.provider_error_code, upstream?.code ?? null, upstream?.type ?? null] : []),
]

/** The status by the body first; then that of HTTP, unless it is an aggregator's for all that went wrong behind it. */
const statusOf = (http: number, { status, metadata, code, type }: ProviderError): number => {
  const clear = http >= 400 && http < 500
  const labelled = clear ? undefined : lookUp(statusByLabel, [metadata.error_type, code, type])
  return status ?? labelled ?? (http >= 400 ? http : 500)
}

/**
 * What a provider's error is, by its body first: an aggregator wraps a 429 in a 500, and a 200 can carry any of them. `body` is
 * parsed JSON or text; `status` that of HTTP, 200 too. An error inside a 200 that tells no status is the provider's own failure.
 */
export const classifyError = (status: number, headers: Headers, body: unknown, now: number): Verdict => {
  const error = readProviderError(body)
  const effective = statusOf(status, error)
  const wait = readRetryAfter(effective, headers, error, now)
  const found = lookUp(byLabel, labelsOf(error, effective)) ?? byStatus(effective, error, wait)
  const unsaid = found === 'capacity_own_account' ? OWN_CAPACITY_WAIT_MS : null
  return { class: found, retryAfterMs: capRetryAfter(wait) ?? unsaid }
}
