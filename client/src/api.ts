// Made by `npm run types` of the schemas of the API. Do not edit.

export type DecisionAbout =
  | {
      id: string
      action: 'accept'
      /**
       * Of the card, in place of the model’s.
       */
      front?: string
      /**
       * Of the card, in place of the model’s.
       */
      back?: string
    }
  | {
      id: string
      action: 'reject'
      reason: 'wrong' | 'not_in_source' | 'duplicate' | 'too_easy' | 'unclear' | 'other'
    }
  | {
      id: string
      action: 'undo'
    }
export type Decision =
  | {
      action: 'accept'
      /**
       * Of the card, in place of the model’s.
       */
      front?: string
      /**
       * Of the card, in place of the model’s.
       */
      back?: string
    }
  | {
      action: 'reject'
      reason: 'wrong' | 'not_in_source' | 'duplicate' | 'too_easy' | 'unclear' | 'other'
    }
  | {
      action: 'undo'
    }
export type FindingDecisionAbout =
  | {
      id: string
      action: 'accept'
    }
  | {
      id: string
      action: 'reject'
      reason: 'wrong' | 'not_relevant' | 'intended' | 'duplicate' | 'unclear' | 'other'
    }
  | {
      id: string
      action: 'undo'
    }
export type FindingDecision =
  | {
      action: 'accept'
    }
  | {
      action: 'reject'
      reason: 'wrong' | 'not_relevant' | 'intended' | 'duplicate' | 'unclear' | 'other'
    }
  | {
      action: 'undo'
    }

export interface Estimate {
  model: string
  /**
   * The models that may be asked, in the order in which they are tried.
   */
  models: string[]
  /**
   * The highest cost of one request to the most expensive of them, by the prices of the catalog.
   */
  max_cost_usd: string
  /**
   * The cost of a usual answer to usual text without thinking, by the most expensive list price.
   */
  expected_cost_usd: string
  /**
   * What the same request would cost under each alias, for a choice of `model`.
   */
  aliases: {
    model: string
    /**
     * The models that may be asked, in the order in which they are tried.
     */
    models: string[]
    /**
     * The highest cost of one request to the most expensive of them, by the prices of the catalog.
     */
    max_cost_usd: string
    /**
     * The cost of a usual answer to usual text without thinking, by the most expensive list price.
     */
    expected_cost_usd: string
  }[]
  /**
   * `accepted`, `waiting`, or the code of the error.
   */
  would_be: string
  limits: Limit[]
}
export interface Limit {
  name: string
  /**
   * A number. For `models` the allowed names, for `budget` a decimal string in USD.
   */
  limit: number | string | string[]
  used: number | string | null
  remaining: number | string | null
  /**
   * The length of the window, for limits that have one.
   */
  window_seconds: number | null
  /**
   * When the next place frees. For `budget`, the end of the month.
   */
  resets_at: string | null
}
export interface Generation {
  id: string
  kind: string
  status: 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  model: string
  prompt_version: string
  options: {
    [k: string]: unknown
  }
  attempts: number
  suggestions_count: number
  tokens_input: number | null
  tokens_output: number | null
  cost_usd: string
  ai_metadata: {
    [k: string]: unknown
  }
  error: {
    code: string
    message: string
    retryable: boolean
    attempts: number
    provider: string | null
    http_status: number | null
    provider_request_id: string | null
    response_excerpt: string | null
    timing: {
      [k: string]: number | null
    }
    cause?: string
    dropped?: {
      [k: string]: number
    }
  } | null
  created_at: string
  started_at: string | null
  finished_at: string | null
  updated_at: string
}
/**
 * RFC 9457. `code` is stable; `title` and `detail` are for people.
 */
export interface Problem {
  type: string
  title: string
  status: number
  detail?: string
  code:
    | 'invalid_request'
    | 'invalid_json'
    | 'invalid_text'
    | 'unknown_model'
    | 'residency_unavailable'
    | 'unknown_kind'
    | 'unknown_prompt_version'
    | 'token_budget_too_small'
    | 'unauthorized'
    | 'budget_exceeded'
    | 'not_a_member'
    | 'not_an_admin'
    | 'not_an_operator'
    | 'plan_limit'
    | 'not_yours'
    | 'not_found'
    | 'method_not_allowed'
    | 'request_timeout'
    | 'conflict'
    | 'already_reviewed'
    | 'card_changed'
    | 'generation_failed'
    | 'generation_cancelled'
    | 'precondition_failed'
    | 'payload_too_large'
    | 'unsupported_media_type'
    | 'idempotency_key_reused'
    | 'rate_limited'
    | 'quota_exceeded'
    | 'headers_too_large'
    | 'internal_error'
    | 'provider_failed'
    | 'worker_unavailable'
    | 'overloaded'
    | 'database_unavailable'
    | 'auth_unavailable'
    | 'account_moving'
  request_id: string
  errors?: {
    path: string
    message: string
  }[]
  retry_after?: number
  limit?: {
    name: string
    [k: string]: unknown
  }
  error?: {
    code: string
    message: string
    retryable: boolean
    attempts: number
    provider: string | null
    http_status: number | null
    provider_request_id: string | null
    response_excerpt: string | null
    timing: {
      [k: string]: number | null
    }
    cause?: string
    dropped?: {
      [k: string]: number
    }
  }
}
export interface NewGeneration {
  /**
   * What is generated.
   */
  kind?: 'flashcards'
  /**
   * Counted in Unicode code points. Stored as it is sent.
   */
  source_text: string
  model?: string
  /**
   * `eu`: the text is sent to no provider outside the European Union, whatever happens to those inside.
   */
  data_residency?: 'any' | 'eu'
  /**
   * What the routes of the model are ordered by: the cheapest, the best or the fastest is asked first. Without it, as the deployment orders them.
   */
  optimize?: 'cost' | 'quality' | 'latency'
  /**
   * The most tokens that all requests to providers may use together, read and written.
   */
  max_total_tokens?: number
  /**
   * The account that is limited and billed: a team of the caller. Without it, the caller’s own account.
   */
  account_id?: string
  prompt_version?: string
  options?: {
    max_cards?: number
    language?: string
  }
}
export interface NewGenerationCodeReview {
  kind: 'code_review'
  /**
   * @minItems 1
   * @maxItems 20
   */
  files?: {
    /**
     * Relative, with slashes.
     */
    path: string
    /**
     * Stored as it is sent.
     */
    content: string
    /**
     * Without it, the language is that of the path.
     */
    language?: string
  }[]
  /**
   * One text of code, in place of `files`. Counted in Unicode code points.
   */
  source_code?: string
  /**
   * The part of `source_code` that is to be reviewed. Counted in Unicode code points.
   */
  code_snippet?: string
  /**
   * A unified diff that led to this code. Counted in Unicode code points.
   */
  diff?: string
  /**
   * What the review should look at. Counted in Unicode code points.
   */
  instructions?: string
  model?: string
  /**
   * `eu`: the text is sent to no provider outside the European Union, whatever happens to those inside.
   */
  data_residency?: 'any' | 'eu'
  /**
   * What the routes of the model are ordered by: the cheapest, the best or the fastest is asked first. Without it, as the deployment orders them.
   */
  optimize?: 'cost' | 'quality' | 'latency'
  /**
   * The most tokens that all requests to providers may use together, read and written.
   */
  max_total_tokens?: number
  /**
   * The account that is limited and billed: a team of the caller. Without it, the caller’s own account.
   */
  account_id?: string
  prompt_version?: string
  options?: {
    max_findings?: number
    /**
     * The language of titles and messages. Without it, English.
     */
    language?: string
  }
}
export interface NewGenerationChat {
  kind: 'chat'
  /**
   * The conversation so far, or what is new in a stored one. The last message is the user’s.
   *
   * @minItems 1
   * @maxItems 50
   */
  messages: {
    role: 'user' | 'assistant'
    /**
     * Stored as it is sent.
     */
    content: string
  }[]
  /**
   * Continues a stored conversation: the id of its first generation. `messages` are then only the new ones.
   */
  conversation_id?: string
  model?: string
  /**
   * `eu`: the text is sent to no provider outside the European Union, whatever happens to those inside.
   */
  data_residency?: 'any' | 'eu'
  /**
   * What the routes of the model are ordered by: the cheapest, the best or the fastest is asked first. Without it, as the deployment orders them.
   */
  optimize?: 'cost' | 'quality' | 'latency'
  /**
   * The most tokens that all requests to providers may use together, read and written.
   */
  max_total_tokens?: number
  /**
   * The account that is limited and billed: a team of the caller. Without it, the caller’s own account.
   */
  account_id?: string
  prompt_version?: string
  options?: {
    /**
     * The longest answer, in tokens of the model, without what it thinks. 4000 by default.
     */
    max_tokens?: number
  }
}
export interface NewGenerationText {
  kind: 'text'
  use_case: 'summary' | 'email' | 'description' | 'rewrite' | 'translate' | 'free'
  /**
   * The text to work on; for `email` and `free`, what is to be written.
   */
  input: string
  /**
   * What the writer should know besides. Material, no instructions.
   */
  context?: string
  model?: string
  /**
   * `eu`: the text is sent to no provider outside the European Union, whatever happens to those inside.
   */
  data_residency?: 'any' | 'eu'
  /**
   * What the routes of the model are ordered by: the cheapest, the best or the fastest is asked first. Without it, as the deployment orders them.
   */
  optimize?: 'cost' | 'quality' | 'latency'
  /**
   * The most tokens that all requests to providers may use together, read and written.
   */
  max_total_tokens?: number
  /**
   * The account that is limited and billed: a team of the caller. Without it, the caller’s own account.
   */
  account_id?: string
  prompt_version?: string
  options?: {
    language?: string
    tone?: 'neutral' | 'formal' | 'friendly' | 'persuasive'
    max_words?: number
  }
}
export interface Suggestion {
  id: string
  generation_id: string
  position: number
  front: string
  back: string
  source_quote: string
  quote_start: number
  quote_end: number
  flags: string[]
  status: 'proposed' | 'accepted' | 'rejected'
  edited: boolean
  reject_reason: 'wrong' | 'not_in_source' | 'duplicate' | 'too_easy' | 'unclear' | 'other' | null
  reviewed_at: string | null
  created_at: string
  card_id: string | null
}
export interface ChatAnswer {
  generation_id: string
  /**
   * Send it with the next message to continue the conversation.
   */
  conversation_id: string
  status: 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  message: {
    role: 'assistant'
    content: string
  } | null
  /**
   * `complete`, `length` for an answer that was cut off at its greatest length, or `stopped`.
   */
  finish: 'complete' | 'length' | 'stopped' | null
  /**
   * Nothing proves what a model says here.
   */
  grounded: null
  model: string
  tokens_input: number | null
  tokens_output: number | null
  cost_usd: string
  error: {
    code: string
    message: string
    retryable: boolean
    attempts: number
    provider: string | null
    http_status: number | null
    provider_request_id: string | null
    response_excerpt: string | null
    timing: {
      [k: string]: number | null
    }
    cause?: string
    dropped?: {
      [k: string]: number
    }
  } | null
}
export interface NewChat {
  /**
   * The conversation so far, or what is new in a stored one. The last message is the user’s.
   *
   * @minItems 1
   * @maxItems 50
   */
  messages: {
    role: 'user' | 'assistant'
    /**
     * Stored as it is sent.
     */
    content: string
  }[]
  /**
   * Continues a stored conversation: the id of its first generation. `messages` are then only the new ones.
   */
  conversation_id?: string
  model?: string
  /**
   * `eu`: the text is sent to no provider outside the European Union, whatever happens to those inside.
   */
  data_residency?: 'any' | 'eu'
  /**
   * What the routes of the model are ordered by: the cheapest, the best or the fastest is asked first. Without it, as the deployment orders them.
   */
  optimize?: 'cost' | 'quality' | 'latency'
  /**
   * The most tokens that all requests to providers may use together, read and written.
   */
  max_total_tokens?: number
  /**
   * The account that is limited and billed: a team of the caller. Without it, the caller’s own account.
   */
  account_id?: string
  prompt_version?: string
  options?: {
    /**
     * The longest answer, in tokens of the model, without what it thinks. 4000 by default.
     */
    max_tokens?: number
  }
}
export interface Finding {
  id: string
  generation_id: string
  position: number
  path: string
  start_line: number
  end_line: number
  quote: string
  category: 'bug' | 'security' | 'performance' | 'concurrency' | 'error_handling' | 'maintainability' | 'style' | 'test'
  level: 'error' | 'warning' | 'note'
  title: string
  message: string
  suggestion?: {
    replacement: string
  }
  fingerprint: string
  flags: string[]
  status: 'proposed' | 'accepted' | 'rejected'
  reject_reason: 'wrong' | 'not_relevant' | 'intended' | 'duplicate' | 'unclear' | 'other' | null
  reviewed_at: string | null
  created_at: string
}
/**
 * The Reviewdog Diagnostic Format: the answer to `format=rdjson`.
 */
export interface Diagnostics {
  source: {
    name: string
  }
  diagnostics: {
    message: string
    [k: string]: unknown
  }[]
}
export interface Review {
  /**
   * @minItems 1
   * @maxItems 100
   */
  decisions: DecisionAbout[]
}
export interface FindingReview {
  /**
   * @minItems 1
   * @maxItems 100
   */
  decisions: FindingDecisionAbout[]
}
export interface CardImport {
  created: number
  updated: number
  /**
   * Cards that the caller has as they stand in the file.
   */
  unchanged: number
  /**
   * Of a dry run: why an import of this file would store nothing.
   */
  issues: {
    line: number
    message: string
  }[]
}
export interface DueCard {
  card: {
    id: string
    suggestion_id: string | null
    front: string
    back: string
    origin: 'manual' | 'ai' | 'ai_edited'
    source_quote: string | null
    tags: string[]
    created_at: string
    updated_at: string
  }
  schedule: {
    state: 'new' | 'learning' | 'review' | 'relearning'
    due: string
    stability: number
    difficulty: number
    learning_step: number
    scheduled_days: number
    reps: number
    lapses: number
    last_reviewed_at: string | null
  }
  previews: {
    again: {
      state: 'new' | 'learning' | 'review' | 'relearning'
      due: string
      scheduled_days: number
    }
    hard: {
      state: 'new' | 'learning' | 'review' | 'relearning'
      due: string
      scheduled_days: number
    }
    good: {
      state: 'new' | 'learning' | 'review' | 'relearning'
      due: string
      scheduled_days: number
    }
    easy: {
      state: 'new' | 'learning' | 'review' | 'relearning'
      due: string
      scheduled_days: number
    }
  }
}
export interface CardReview {
  id: string
  card_id: string
  rating: 'again' | 'hard' | 'good' | 'easy'
  reviewed_at: string
  schedule: {
    state: 'new' | 'learning' | 'review' | 'relearning'
    due: string
    stability: number
    difficulty: number
    learning_step: number
    scheduled_days: number
    reps: number
    lapses: number
    last_reviewed_at: string | null
  }
}
export interface NewReview {
  /**
   * Chosen by the client. A repeated request has the same.
   */
  id: string
  rating: 'again' | 'hard' | 'good' | 'easy'
}
export interface Card {
  id: string
  suggestion_id: string | null
  front: string
  back: string
  origin: 'manual' | 'ai' | 'ai_edited'
  source_quote: string | null
  tags: string[]
  created_at: string
  updated_at: string
}
export interface NewCard {
  front: string
  back: string
  /**
   * @maxItems 20
   */
  tags?: string[]
}
export interface CardChanges {
  front?: string
  back?: string
  /**
   * @maxItems 20
   */
  tags?: string[]
}
export interface Model {
  id: string
  /**
   * The aliases that may choose this model.
   */
  aliases: string[]
  context_tokens: number
  /**
   * Higher is better.
   */
  quality: number
  /**
   * The regions in which its providers process texts.
   */
  regions: string[]
  /**
   * Prices per million tokens for each provider, as decimal strings.
   */
  prices: {
    provider: string
    region: string
    input_per_million: string
    output_per_million: string
    currency: string
    as_of: string
  }[]
  /**
   * Whether a worker can use it now.
   */
  available: boolean
  /**
   * Whether the account’s plan includes this name.
   */
  allowed: boolean
}
export interface ModelAlias {
  name: string
  /**
   * Its models, in the order in which they are tried.
   */
  models: string[]
  available: boolean
  /**
   * Whether the account’s plan includes this name.
   */
  allowed: boolean
}
export interface ConnectionCheckResult {
  text: string
  model: string
  provider: string
  usage: {
    tokens_input: number | null
    tokens_output: number | null
    cost_usd: string
  }
  latency_ms: number
}
export interface ConnectionCheck {
  model?: string
  /**
   * Counted in Unicode code points.
   */
  message?: string
}
export interface Usage {
  data: UsageRow[]
  total: {
    /**
     * How many different people submitted generations.
     */
    people: number
    /**
     * All generations that were created, in any status, deleted ones included.
     */
    generations: number
    succeeded: number
    failed: number
    cancelled: number
    /**
     * Generations that succeeded with cards from the cache.
     */
    cached: number
    /**
     * Suggestions, counted on the day of their generation.
     */
    suggestions: number
    accepted: number
    rejected: number
    edited: number
    /**
     * Accepted suggestions as a share of the reviewed ones.
     */
    acceptance_rate: number | null
    /**
     * Requests to providers, counted on the day they were sent.
     */
    calls: number
    tokens_input: number
    tokens_output: number
    /**
     * The exact cost of all settled calls.
     */
    cost_usd: string
    /**
     * The cost of the cached generations when their cards were made.
     */
    saved_usd: string
    /**
     * Latency of calls.
     */
    latency_p50_ms: number | null
    /**
     * Latency of calls.
     */
    latency_p95_ms: number | null
    /**
     * Time from creation to end of succeeded generations.
     */
    wait_p50_ms: number | null
    /**
     * Time from creation to end of succeeded generations.
     */
    wait_p95_ms: number | null
  }
  forecast: UsageForecast
  next_cursor: null
}
/**
 * Has `day`, `model`, `kind` or `user_id`, depending on `group_by`.
 */
export interface UsageRow {
  day?: string
  model?: string
  kind?: string
  user_id?: string
  /**
   * How many different people submitted generations.
   */
  people: number
  /**
   * All generations that were created, in any status, deleted ones included.
   */
  generations: number
  succeeded: number
  failed: number
  cancelled: number
  /**
   * Generations that succeeded with cards from the cache.
   */
  cached: number
  /**
   * Suggestions, counted on the day of their generation.
   */
  suggestions: number
  accepted: number
  rejected: number
  edited: number
  /**
   * Accepted suggestions as a share of the reviewed ones.
   */
  acceptance_rate: number | null
  /**
   * Requests to providers, counted on the day they were sent.
   */
  calls: number
  tokens_input: number
  tokens_output: number
  /**
   * The exact cost of all settled calls.
   */
  cost_usd: string
  /**
   * The cost of the cached generations when their cards were made.
   */
  saved_usd: string
  /**
   * Latency of calls.
   */
  latency_p50_ms: number | null
  /**
   * Latency of calls.
   */
  latency_p95_ms: number | null
  /**
   * Time from creation to end of succeeded generations.
   */
  wait_p50_ms: number | null
  /**
   * Time from creation to end of succeeded generations.
   */
  wait_p95_ms: number | null
}
export interface UsageForecast {
  /**
   * The current month, as YYYY-MM.
   */
  month: string
  spent_usd: string
  /**
   * The forecast cost of the whole month.
   */
  cost_usd: string
  method: string
}
export interface Acceptance {
  data: AcceptanceRow[]
  totals: AcceptanceTotal[]
  next_cursor: null
}
/**
 * Has `prompt_version`, `language` or `flag`, depending on `group_by`.
 */
export interface AcceptanceRow {
  /**
   * The kind of the generations. Kinds are never summed up together.
   */
  kind: string
  prompt_version?: string
  /**
   * Null: the request named no language.
   */
  language?: string | null
  /**
   * Null: those without a flag.
   */
  flag?: string | null
  /**
   * What the model proposed, in any status, deleted ones included: findings, for the kind `code_review`.
   */
  suggestions: number
  /**
   * Those that nobody has reviewed.
   */
  proposed: number
  /**
   * Accepted ones, edited ones included.
   */
  accepted: number
  /**
   * Those that were edited when they were accepted.
   */
  edited: number
  rejected: number
  /**
   * Rejected ones by reason. A kind has some of the reasons, and 0 for the others.
   */
  reject_reasons: {
    wrong: number
    not_in_source: number
    duplicate: number
    too_easy: number
    unclear: number
    not_relevant: number
    intended: number
    other: number
  }
  /**
   * Accepted ones as a share of the reviewed ones.
   */
  acceptance_rate: number | null
}
export interface AcceptanceTotal {
  /**
   * The kind of the generations. Kinds are never summed up together.
   */
  kind: string
  /**
   * What the model proposed, in any status, deleted ones included: findings, for the kind `code_review`.
   */
  suggestions: number
  /**
   * Those that nobody has reviewed.
   */
  proposed: number
  /**
   * Accepted ones, edited ones included.
   */
  accepted: number
  /**
   * Those that were edited when they were accepted.
   */
  edited: number
  rejected: number
  /**
   * Rejected ones by reason. A kind has some of the reasons, and 0 for the others.
   */
  reject_reasons: {
    wrong: number
    not_in_source: number
    duplicate: number
    too_easy: number
    unclear: number
    not_relevant: number
    intended: number
    other: number
  }
  /**
   * Accepted ones as a share of the reviewed ones.
   */
  acceptance_rate: number | null
}
export interface Webhook {
  id: string
  account_id: string
  url: string
  events: string[]
  description: string | null
  enabled: boolean
  disabled_at: string | null
  /**
   * `gone`: it answered 410. `failing`: no request succeeded for 120 hours.
   */
  disabled_reason: 'person' | 'gone' | 'failing' | null
  /**
   * The first failure since the last success.
   */
  failing_since: string | null
  /**
   * Verifies the signatures `v1a` (ed25519).
   */
  public_key: string
  secret_changed_at: string
  created_by: string | null
  created_at: string
  updated_at: string
}
export interface WebhookWithSecret {
  id: string
  account_id: string
  url: string
  events: string[]
  description: string | null
  enabled: boolean
  disabled_at: string | null
  /**
   * `gone`: it answered 410. `failing`: no request succeeded for 120 hours.
   */
  disabled_reason: 'person' | 'gone' | 'failing' | null
  /**
   * The first failure since the last success.
   */
  failing_since: string | null
  /**
   * Verifies the signatures `v1a` (ed25519).
   */
  public_key: string
  secret_changed_at: string
  created_by: string | null
  created_at: string
  updated_at: string
  /**
   * Verifies the signatures `v1`. No other answer has it.
   */
  secret: string
}
export interface NewWebhook {
  /**
   * https, port 443, at a public address.
   */
  url: string
  /**
   * @minItems 1
   * @maxItems 4
   */
  events: ('generation.succeeded' | 'generation.failed' | 'generation.cancelled' | 'budget.alert')[]
  description?: string | null
  /**
   * The same as `X-Recto-Account`.
   */
  account_id?: string
}
export interface WebhookChanges {
  /**
   * https, port 443, at a public address.
   */
  url?: string
  /**
   * @minItems 1
   * @maxItems 4
   */
  events?: ('generation.succeeded' | 'generation.failed' | 'generation.cancelled' | 'budget.alert')[]
  description?: string | null
  enabled?: boolean
}
export interface WebhookRotation {
  /**
   * How long the secrets before sign beside the new one.
   */
  overlap_seconds?: number
}
export interface WebhookDelivery {
  id: string
  /**
   * The header `webhook-id`, the same for each attempt of the event.
   */
  event_id: string
  type: string
  /**
   * `data` of the payload.
   */
  data: {
    [k: string]: unknown
  }
  status: 'pending' | 'succeeded' | 'failed'
  /**
   * How many requests were made in all.
   */
  attempt_count: number
  /**
   * Null when there is none, and while a request is under way.
   */
  next_attempt_at: string | null
  created_at: string
  finished_at: string | null
}
export interface WebhookDeliveryWithAttempts {
  id: string
  /**
   * The header `webhook-id`, the same for each attempt of the event.
   */
  event_id: string
  type: string
  /**
   * `data` of the payload.
   */
  data: {
    [k: string]: unknown
  }
  status: 'pending' | 'succeeded' | 'failed'
  /**
   * How many requests were made in all.
   */
  attempt_count: number
  /**
   * Null when there is none, and while a request is under way.
   */
  next_attempt_at: string | null
  created_at: string
  finished_at: string | null
  /**
   * The last 50, oldest first.
   */
  attempts: WebhookAttempt[]
}
export interface WebhookAttempt {
  number: number
  started_at: string
  http_status: number | null
  /**
   * Why it failed. Null for one that succeeded.
   */
  class: string | null
  latency_ms: number
  /**
   * The begin of the answer of a failed request.
   */
  excerpt: string | null
  message: string | null
}
export interface WebhookReplay {
  /**
   * Events from this time on.
   */
  since: string
  /**
   * Events until this time. Without it, until now.
   */
  until?: string
  status?: 'failed' | 'succeeded'
}
export interface OperatorGenerations {
  state: 'waiting' | 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  count: number
  oldest_at: string | null
  under_1_minute: number
  under_10_minutes: number
  under_1_hour: number
  over_1_hour: number
}
export interface OperatorStuck {
  what: string
  id: string
  account_id: string | null
  since: string | null
  detail: string | null
}
export interface OperatorRoute {
  provider: string
  model: string
  region: string
  state: 'closed' | 'open' | 'half_open'
  reason: string | null
  openings: number
  open_until: string | null
  changed_at: string
  seen_at: string
  keys: number
  /**
   * The day of its price. One of more than 90 days ago is old.
   */
  priced_on: string | null
}
export interface OperatorProviderKey {
  provider: string
  fingerprint: string
  in_use: boolean
  first_seen_at: string
  age_days: number
  last_used_at: string | null
  is_old: boolean
}
export interface OperatorQueueBand {
  band: number
  depth: number
  waiting_since: string | null
  run_seconds: number
  measured_at: string | null
}
export interface OperatorWorker {
  pid: number
  connected_at: string | null
}
export interface OperatorFailure {
  what: 'generation' | 'call'
  code: string | null
  provider: string | null
  count: number
  accounts: number
  last_at: string | null
  last_generation_id: string | null
}
export interface OperatorLatestFailure {
  generation_id: string
  kind: string
  model: string
  account_id: string
  request_id: string | null
  created_at: string
  finished_at: string
  error: {
    [k: string]: unknown
  }
}
export interface OperatorAccountCost {
  month: string
  account_id: string
  kind: 'personal' | 'team' | 'deployment'
  name: string | null
  plan: string | null
  generations: number
  cost_usd: string
  reserved_usd: string
  budget_usd: string | null
  used_percent: number | null
}
export interface OperatorHealth {
  status: 'healthy' | 'degraded' | 'unhealthy'
  services: {
    name: 'db' | 'queue' | 'auth' | 'rest' | 'workers' | 'providers'
    state: 'ok' | 'down'
    /**
     * How long the check took.
     */
    latency_ms: number
    /**
     * Why it is down: a code, or a message.
     */
    error: string | null
  }[]
  /**
   * Whether notifications of the database arrive at this process.
   */
  listening: boolean
  /**
   * Since this process started.
   */
  uptime_seconds: number
}
