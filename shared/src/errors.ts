import type { GenerationError } from './generation.ts'

/** Every error that an HTTP answer can have. Only api/src/http/problems.ts turns a code into an answer. */
export const problems = {
  invalid_request: { status: 400, title: 'The request is not valid', retryable: false },
  invalid_json: { status: 400, title: 'The body is not valid JSON', retryable: false },
  invalid_text: { status: 400, title: 'The text cannot be used', retryable: false },
  unknown_model: { status: 400, title: 'There is no such model', retryable: false },
  residency_unavailable: { status: 400, title: 'No provider in the EU offers this model', retryable: false },
  unknown_kind: { status: 400, title: 'There is no such kind of generation', retryable: false },
  unknown_prompt_version: { status: 400, title: 'There is no such prompt version', retryable: false },
  token_budget_too_small: { status: 400, title: 'max_total_tokens is too small for the request', retryable: false },
  unauthorized: { status: 401, title: 'A valid access token is needed', retryable: false },
  budget_exceeded: { status: 402, title: 'The budget of this month is used up', retryable: false },
  not_a_member: { status: 403, title: 'You are not a member of this account', retryable: false },
  not_an_admin: { status: 403, title: 'Only an owner or an admin of the team may do this', retryable: false },
  not_an_operator: { status: 403, title: 'Only an operator of this Recto may do this', retryable: false },
  plan_limit: { status: 403, title: 'The plan does not include this', retryable: false },
  not_yours: { status: 403, title: 'Only the person who generated this may do this', retryable: false },
  not_found: { status: 404, title: 'There is no such resource', retryable: false },
  method_not_allowed: { status: 405, title: 'The method is not allowed here', retryable: false },
  request_timeout: { status: 408, title: 'The request took too long to arrive', retryable: true },
  conflict: { status: 409, title: 'The request conflicts with another one', retryable: true },
  already_reviewed: { status: 409, title: 'It was reviewed otherwise', retryable: false },
  card_changed: { status: 409, title: 'The card was changed since it was accepted', retryable: false },
  generation_failed: { status: 409, title: 'The generation has failed', retryable: false },
  generation_cancelled: { status: 409, title: 'The generation was cancelled', retryable: false },
  precondition_failed: { status: 412, title: 'The resource was changed meanwhile', retryable: false },
  payload_too_large: { status: 413, title: 'The body is too large', retryable: false },
  unsupported_media_type: { status: 415, title: 'The body must be application/json', retryable: false },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used with another body', retryable: false },
  rate_limited: { status: 429, title: 'Too many requests', retryable: true },
  quota_exceeded: { status: 429, title: 'The quota is used up for now', retryable: true },
  headers_too_large: { status: 431, title: 'The headers are too large', retryable: false },
  internal_error: { status: 500, title: 'Something went wrong', retryable: true },
  provider_failed: { status: 502, title: 'The model provider did not answer as it should', retryable: true },
  worker_unavailable: { status: 503, title: 'No worker answered in time', retryable: true },
  overloaded: { status: 503, title: 'Too much is waiting already', retryable: true },
  database_unavailable: { status: 503, title: 'The database cannot be reached', retryable: true },
  auth_unavailable: { status: 503, title: 'The key set cannot be reached', retryable: true },
  account_moving: { status: 503, title: 'The account is being moved', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>

export type ProblemCode = keyof typeof problems

export const problemCodes = Object.keys(problems) as ProblemCode[]

/**
 * Why a generation failed: `error.code` of its row. `retryable` tells a person whether another submission may succeed.
 */
export const generationErrors = {
  no_usable_cards: { message: 'None of the proposed cards could be proved from the text.', retryable: true },
  no_usable_text: { message: 'The text that the model wrote did not pass the checks.', retryable: true },
  worker_lost: { message: 'The worker died on the last try of this generation.', retryable: true },
  unknown_model: { message: 'The model is not offered any more.', retryable: false },
  unknown_kind: { message: 'There is no such kind of generation.', retryable: false },
  invalid_input: { message: 'The input is not valid for this kind of generation.', retryable: false },
  unknown_prompt_version: { message: 'The prompt version is not offered any more.', retryable: false },
  kind_not_allowed: { message: 'The plan does not include this kind of generation.', retryable: false },
  model_not_allowed: { message: 'The plan does not include this model.', retryable: false },
  budget_exceeded: { message: 'The budget of this month is used up.', retryable: false },
  token_budget_exceeded: { message: 'Another request would use more tokens than max_total_tokens.', retryable: false },
  refused: { message: 'The model refused this text.', retryable: false },
  content_blocked: { message: 'The provider blocked this text.', retryable: false },
  too_long: { message: 'The text is too long for the model.', retryable: false },
  truncated: { message: 'The answer was cut off before it could be used.', retryable: true },
  malformed_response: { message: 'The model answered in a form that cannot be read.', retryable: true },
  output_invalid: { message: 'The model wrote more than the JSON that was asked for.', retryable: true },
  invalid_request: { message: 'The provider did not accept the request.', retryable: false },
  no_route_for_policy: { message: 'No provider satisfies the privacy policy.', retryable: false },
  no_route_available: { message: 'No model provider is available at the moment.', retryable: true },
  residency_unavailable: {
    message: 'No provider in the EU could serve this text, and it may not leave the EU.',
    retryable: true,
  },
  auth: { message: 'The model provider could not be used.', retryable: true },
  capacity_own_account: { message: 'The model provider could not be used for now.', retryable: true },
  provider_credit_exhausted: { message: 'The model provider could not be used.', retryable: true },
  rate_limited: { message: 'The model provider is overloaded.', retryable: true },
  rate_limited_upstream: { message: 'The model provider is overloaded.', retryable: true },
  quota_exhausted_until_reset: { message: 'The quota at the model provider is used up for now.', retryable: true },
  timeout: { message: 'The model provider did not answer in time.', retryable: true },
  upstream_error: { message: 'The model provider failed.', retryable: true },
  redirected: { message: 'The model provider redirected the request, which was not followed.', retryable: true },
  network: { message: 'The model provider could not be reached.', retryable: true },
  internal_error: { message: 'Something went wrong.', retryable: true },
} as const satisfies Record<string, { message: string; retryable: boolean }>

export type GenerationErrorCode = keyof typeof generationErrors

/** An invalid place of the input. `path`: keys joined by dots, for example `options.max_cards`. */
export type InputIssue = { path: string; message: string }

/** The limit that denied a request, with the numbers that the database reported. */
export type ReachedLimit = { name: string; [number: string]: unknown }

/** An error of a verb, as data. `retryAfter` is in whole seconds. */
export class AppError extends Error {
  readonly code: ProblemCode
  readonly issues: InputIssue[] | undefined
  readonly retryAfter: number | undefined
  readonly limit: ReachedLimit | undefined
  /** What the metrics count this refusal as, where the answer names no limit. */
  readonly countedAs: string | undefined
  /** With `generation_failed`: the stored error. */
  readonly generationError: GenerationError | undefined

  constructor(
    code: ProblemCode,
    detail?: string,
    more: {
      issues?: InputIssue[]
      retryAfter?: number
      limit?: ReachedLimit
      countedAs?: string
      generationError?: GenerationError
      cause?: unknown
    } = {},
  ) {
    super(detail ?? problems[code].title, { cause: more.cause })
    this.name = 'AppError'
    this.code = code
    this.issues = more.issues
    this.retryAfter = more.retryAfter
    this.limit = more.limit
    this.countedAs = more.countedAs
    this.generationError = more.generationError
  }
}
