import { generationErrors } from '@recto/shared/errors'

/** How the worker handles a failed call of one class. */
type Handling = {
  /** How many times the same route is asked again after failures of this class in one run, once no other route is free. */
  retries: 0 | 1 | 2
  /**
   * Whether another route is asked at once. `once`: at most one other route per run, because the text itself may be the
   * cause. `wider`: only a route with a larger context window.
   */
  failover: 'yes' | 'once' | 'wider' | 'no'
  /** Whether the queue runs the whole job again later. `hinted`: only if the provider says when. */
  retryable: boolean | 'hinted'
  /**
   * What the breaker of the route does. `counts`: adds a failure to the failure rate, or opens until a hint of more than
   * QUOTA_THRESHOLD_MS is over. `rests`: opens until the hint is over.
   */
  breaker: 'counts' | 'rests' | 'no'
  /**
   * The provider bills an answer that cannot be used. A generation makes at most `mostUnusableAnswers` such calls, over all
   * routes and deliveries.
   */
  unusable?: true
  /**
   * The API key caused the failure: that key rests, and another key of the same provider is tried at once. When no key is
   * left, the breaker of the route opens.
   */
  keyProblem?: true
}

/** The table of all failure classes. */
export const failureClasses = {
  truncated: { retries: 0, failover: 'no', retryable: false, breaker: 'no' },
  refused: { retries: 0, failover: 'once', retryable: false, breaker: 'no' },
  malformed_response: { retries: 1, failover: 'yes', retryable: true, breaker: 'counts', unusable: true },
  output_invalid: { retries: 1, failover: 'yes', retryable: true, breaker: 'counts', unusable: true },
  too_long: { retries: 0, failover: 'wider', retryable: false, breaker: 'no' },
  // No request follows a redirect. It may end like an outage: some providers redirect to a page about maintenance.
  redirected: { retries: 0, failover: 'yes', retryable: true, breaker: 'counts' },
  invalid_request: { retries: 0, failover: 'yes', retryable: false, breaker: 'no' },
  no_route_for_policy: { retries: 0, failover: 'yes', retryable: false, breaker: 'no' },
  // A 401 is retryable, because providers have answered false 401s for the length of an outage. Where every key of every
  // route is refused, `llm/ask.ts` reports that it is not.
  auth: { retries: 0, failover: 'yes', retryable: true, breaker: 'no', keyProblem: true },
  capacity_own_account: { retries: 0, failover: 'yes', retryable: true, breaker: 'no' },
  provider_credit_exhausted: { retries: 0, failover: 'yes', retryable: false, breaker: 'no', keyProblem: true },
  content_blocked: { retries: 0, failover: 'once', retryable: false, breaker: 'no' },
  timeout: { retries: 1, failover: 'yes', retryable: true, breaker: 'counts' },
  rate_limited_upstream: { retries: 2, failover: 'yes', retryable: true, breaker: 'counts' },
  rate_limited: { retries: 2, failover: 'yes', retryable: true, breaker: 'counts' },
  quota_exhausted_until_reset: { retries: 0, failover: 'yes', retryable: 'hinted', breaker: 'rests' },
  upstream_error: { retries: 1, failover: 'yes', retryable: true, breaker: 'counts' },
  network: { retries: 2, failover: 'yes', retryable: true, breaker: 'counts' },
  // The last two are no failed calls: `llm/ask.ts` reports them, and `generation/decide.ts` handles them by their names.
  /** Nothing was sent, because every route or every key of its provider rests. */
  no_route_available: { retries: 0, failover: 'no', retryable: true, breaker: 'no' },
  aborted: { retries: 0, failover: 'no', retryable: true, breaker: 'no' },
} as const satisfies Record<string, Handling>

export type FailureClass = keyof typeof failureClasses

export const handlingOf = (failure: FailureClass): Handling => failureClasses[failure]

/** Whether a failure is that of the API key: by its class, or because the quota is of the key alone. */
export const isKeyProblem = (failure: { class: FailureClass; ofKey?: true }): boolean =>
  failure.ofKey === true || handlingOf(failure.class).keyProblem === true

/** How many calls of one generation may fail with an `unusable` class: one, and one repeat. */
export const mostUnusableAnswers = 2

/** The classes that are `unusable`. */
export const unusableClasses: readonly string[] = Object.entries<Handling>(failureClasses).flatMap(
  ([name, handling]) => (handling.unusable ? [name] : []),
)

/** How many calls of one generation to its only route may fail with a `repeated` class: one, and two repeats. */
export const mostCallsOfLoneRoute = 3

/** The classes of failures that may pass, other than those of a key: the same route may be asked again after them. */
export const repeatedClasses: readonly string[] = Object.entries<Handling>(failureClasses).flatMap(
  ([name, { failover, retryable, keyProblem }]) =>
    failover === 'yes' && retryable === true && !keyProblem ? [name] : [],
)

/** The message of a failure class, as the API shows it on a generation that failed with this class. */
export const messageOf = (failure: FailureClass): string =>
  failure === 'aborted' ? 'The request was stopped by this service.' : generationErrors[failure].message

/**
 * Milliseconds. `latencyMs` and `firstTokenMs` belong to the last request, and are null without one; `totalMs` spans all
 * `requests` and pauses.
 */
export type Timing = { requests: number; latencyMs: number | null; firstTokenMs: number | null; totalMs: number }

/** Why a run of `ask` ended without an answer. `retryAfterMs` is the provider's own hint, without jitter. */
export type Failure = {
  class: FailureClass
  retryable: boolean
  retryAfterMs: number | null
  /** Null when no request was sent. */
  provider: string | null
  httpStatus: number | null
  providerRequestId: string | null
  /** At most 500 characters of the provider's error fields; never a prompt, a key or the model's text. */
  responseExcerpt: string | null
  timing: Timing
}
