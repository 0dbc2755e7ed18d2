import type { GenerationErrorCode } from '@recto/shared/errors'

/**
 * Why a generation did not succeed: because of the person (their text, plan or budget, or they stopped it), of what a model
 * wrote, of providers, of how this deployment is set up, or of Recto itself.
 */
export const causes = ['person', 'model', 'provider', 'setup', 'recto'] as const
export type Cause = (typeof causes)[number]

/**
 * The cause of each error. A used-up budget of a whole deployment is `setup` instead. The objective in docs/monitoring.md
 * counts all causes but `person`.
 */
export const causeOf = {
  no_usable_cards: 'model',
  no_usable_text: 'model',
  worker_lost: 'recto',
  unknown_model: 'setup',
  unknown_kind: 'setup',
  invalid_input: 'person',
  unknown_prompt_version: 'setup',
  kind_not_allowed: 'person',
  model_not_allowed: 'person',
  budget_exceeded: 'person',
  token_budget_exceeded: 'person',
  refused: 'person',
  content_blocked: 'person',
  too_long: 'person',
  truncated: 'model',
  malformed_response: 'model',
  output_invalid: 'model',
  invalid_request: 'recto',
  no_route_for_policy: 'setup',
  no_route_available: 'provider',
  residency_unavailable: 'provider',
  auth: 'setup',
  capacity_own_account: 'setup',
  provider_credit_exhausted: 'setup',
  rate_limited: 'provider',
  rate_limited_upstream: 'provider',
  quota_exhausted_until_reset: 'provider',
  timeout: 'provider',
  upstream_error: 'provider',
  redirected: 'provider',
  network: 'provider',
  internal_error: 'recto',
} as const satisfies Record<GenerationErrorCode, Cause>
