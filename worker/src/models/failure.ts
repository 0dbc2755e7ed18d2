import { generationErrors } from '@recto/shared/errors'

/** What is done about a failure of each class. `retries`: again at once, at the same provider; `retryable`: later, by the queue. */
type Handling = { retries: 0 | 1 | 2; retryable: boolean }

export const failureClasses = {
  truncated: { retries: 0, retryable: false },
  refused: { retries: 0, retryable: false },
  malformed_response: { retries: 1, retryable: true },
  too_long: { retries: 0, retryable: false },
  invalid_request: { retries: 0, retryable: false },
  no_route_for_policy: { retries: 0, retryable: false },
  // Providers have answered false 401s for whole outages: the key is not given up for one.
  auth: { retries: 0, retryable: true },
  capacity_own_account: { retries: 0, retryable: true },
  provider_credit_exhausted: { retries: 0, retryable: false },
  content_blocked: { retries: 0, retryable: false },
  timeout: { retries: 1, retryable: true },
  rate_limited_upstream: { retries: 2, retryable: true },
  rate_limited: { retries: 2, retryable: true },
  quota_exhausted_until_reset: { retries: 0, retryable: false },
  upstream_error: { retries: 1, retryable: true },
  network: { retries: 2, retryable: true },
  aborted: { retries: 0, retryable: true },
} as const satisfies Record<string, Handling>

export type FailureClass = keyof typeof failureClasses

/** In words; the same that a person reads when the generation fails for it. */
export const messageOf = (failure: FailureClass): string =>
  failure === 'aborted' ? 'The request was stopped by this service.' : generationErrors[failure].message

/** In milliseconds: `latencyMs` and `firstTokenMs` of the last request, `totalMs` of all requests and the pauses between. */
export type Timing = { requests: number; latencyMs: number; firstTokenMs: number | null; totalMs: number }

/** A run's failure as a value. `retryAfterMs` is the provider's own hint, without jitter. */
export type Failure = {
  class: FailureClass
  message: string
  retryable: boolean
  retryAfterMs: number | null
  provider: string
  httpStatus: number | null
  providerRequestId: string | null
  /** At most 500 characters of the provider's error fields; never a prompt, a key or the model's text. */
  responseExcerpt: string | null
  timing: Timing
}
