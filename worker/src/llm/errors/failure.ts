import { generationErrors } from '@recto/shared/errors'

/** What is done about a failure of each class. */
type Handling = {
  /** How often the same route is asked again, when no other is left. */
  retries: 0 | 1 | 2
  /** Whether another route is asked at once: `once` in a run, for what the text itself may have caused; `wider` windows only. */
  failover: 'yes' | 'once' | 'wider' | 'no'
  /** Later, by the queue; `hinted` only if the provider says when. */
  retryable: boolean | 'hinted'
  /** What it says of the route: `counts` towards its failure rate, `rests` it until the hint. */
  breaker: 'counts' | 'rests' | 'no'
  /** It is about the key: that key rests, and another of the same provider is tried at once. */
  key?: true
}

/** By PROVIDERS' table of what is transient, what is the text's, and what is ours to pay. */
export const failureClasses = {
  truncated: { retries: 0, failover: 'no', retryable: false, breaker: 'no' },
  refused: { retries: 0, failover: 'once', retryable: false, breaker: 'no' },
  malformed_response: { retries: 1, failover: 'yes', retryable: true, breaker: 'counts' },
  too_long: { retries: 0, failover: 'wider', retryable: false, breaker: 'no' },
  invalid_request: { retries: 0, failover: 'yes', retryable: false, breaker: 'no' },
  no_route_for_policy: { retries: 0, failover: 'yes', retryable: false, breaker: 'no' },
  // Providers have answered false 401s for whole outages: no key is given up for one.
  auth: { retries: 0, failover: 'yes', retryable: true, breaker: 'no', key: true },
  capacity_own_account: { retries: 0, failover: 'yes', retryable: true, breaker: 'no' },
  provider_credit_exhausted: { retries: 0, failover: 'yes', retryable: false, breaker: 'no', key: true },
  content_blocked: { retries: 0, failover: 'once', retryable: false, breaker: 'no' },
  timeout: { retries: 1, failover: 'yes', retryable: true, breaker: 'counts' },
  rate_limited_upstream: { retries: 2, failover: 'yes', retryable: true, breaker: 'counts' },
  rate_limited: { retries: 2, failover: 'yes', retryable: true, breaker: 'counts' },
  quota_exhausted_until_reset: { retries: 0, failover: 'yes', retryable: 'hinted', breaker: 'rests' },
  upstream_error: { retries: 1, failover: 'yes', retryable: true, breaker: 'counts' },
  network: { retries: 2, failover: 'yes', retryable: true, breaker: 'counts' },
  /** Every route rests, or its keys do: nothing was sent. */
  no_route_available: { retries: 0, failover: 'no', retryable: true, breaker: 'no' },
  aborted: { retries: 0, failover: 'no', retryable: true, breaker: 'no' },
} as const satisfies Record<string, Handling>

export type FailureClass = keyof typeof failureClasses

export const handlingOf = (failure: FailureClass): Handling => failureClasses[failure]

/** In words; the same that a person reads when the generation fails for it. */
export const messageOf = (failure: FailureClass): string =>
  failure === 'aborted' ? 'The request was stopped by this service.' : generationErrors[failure].message

/** In milliseconds: `latencyMs` and `firstTokenMs` of the last request, `totalMs` of all requests and the pauses between. */
export type Timing = { requests: number; latencyMs: number; firstTokenMs: number | null; totalMs: number }

/** A run's failure as a value. `retryAfterMs` is the provider's own hint, without jitter. */
export type Failure = {
  class: FailureClass
  retryable: boolean
  retryAfterMs: number | null
  /** Null when nothing was sent. */
  provider: string | null
  httpStatus: number | null
  providerRequestId: string | null
  /** At most 500 characters of the provider's error fields; never a prompt, a key or the model's text. */
  responseExcerpt: string | null
  timing: Timing
}
