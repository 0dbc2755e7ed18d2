/** What is done about a failure of each class, and what a person is told. `retries`: again at once, at the same provider. */
type Handling = { retries: 0 | 1 | 2; retryable: boolean; message: string }

export const failureClasses = {
  truncated: { retries: 0, retryable: false, message: 'The model reached its output limit before a usable answer.' },
  refused: { retries: 0, retryable: false, message: 'The model declined to answer for this text.' },
  malformed_response: { retries: 1, retryable: true, message: 'The model answered in a form that cannot be read.' },
  too_long: { retries: 0, retryable: false, message: 'The text is too long for this model.' },
  invalid_request: { retries: 0, retryable: false, message: 'The model provider does not accept this request.' },
  no_route_for_policy: {
    retries: 0,
    retryable: false,
    message: 'No provider of this model satisfies the privacy and parameter rules.',
  },
  // Providers have answered false 401s for whole outages: the key is not given up for one.
  auth: { retries: 0, retryable: true, message: 'The model provider did not accept the credentials of this service.' },
  capacity_own_account: { retries: 0, retryable: true, message: 'This service has too many requests under way.' },
  provider_credit_exhausted: {
    retries: 0,
    retryable: false,
    message: 'The account of this service with the model provider is out of credit.',
  },
  content_blocked: { retries: 0, retryable: false, message: 'The model provider blocked this text.' },
  timeout: { retries: 1, retryable: true, message: 'The model did not answer in time.' },
  rate_limited_upstream: { retries: 2, retryable: true, message: 'The model is busy at its provider.' },
  rate_limited: { retries: 2, retryable: true, message: 'The model provider is limiting requests of this service.' },
  quota_exhausted_until_reset: {
    retries: 0,
    retryable: false,
    message: 'The quota of this service for this model is used up.',
  },
  upstream_error: { retries: 1, retryable: true, message: 'The model provider failed.' },
  network: { retries: 2, retryable: true, message: 'The connection to the model provider failed.' },
  aborted: { retries: 0, retryable: true, message: 'The request was stopped by this service.' },
} as const satisfies Record<string, Handling>

export type FailureClass = keyof typeof failureClasses

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
