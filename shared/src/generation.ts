import { z } from 'zod'
import type { DataResidency } from './catalog.ts'

export const statuses = ['pending', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type Status = (typeof statuses)[number]

/** Whether a status is final: such a generation never changes its status again. */
export const isTerminal = (status: Status): boolean => status !== 'pending' && status !== 'running'

/** What the routes of a request are ordered by: the cheapest, the best or the fastest first. */
export const Optimize = z.enum(['cost', 'quality', 'latency'])
export type Optimize = z.infer<typeof Optimize>

/** A submission of any kind. `input` has the fields that only its kind has. */
export type NewGeneration = {
  kind: string
  input: Record<string, unknown>
  model: string
  prompt_version: string
  options: Record<string, unknown>
  data_residency: DataResidency
  /** Undefined: as the deployment orders routes. */
  optimize?: Optimize | undefined
  /** The most tokens that all requests to providers may use together. */
  max_total_tokens?: number | undefined
  account_id?: string | undefined
}

/** `error` of a failed generation. Times in milliseconds. */
export const GenerationError = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  attempts: z.int(),
  provider: z.string().nullable(),
  http_status: z.int().nullable(),
  provider_request_id: z.string().nullable(),
  response_excerpt: z.string().nullable(),
  timing: z.record(z.string(), z.number().nullable()),
  /** With `residency_unavailable`: the failure of the providers in the EU. */
  cause: z.string().optional(),
  /** With `no_usable_cards` and `no_usable_text`: how much was dropped, by reason. */
  dropped: z.record(z.string(), z.int()).optional(),
})
export type GenerationError = z.infer<typeof GenerationError>

/** A generation as the API answers it. Money is a decimal string in USD, times are ISO 8601 in UTC. */
export const Generation = z.object({
  id: z.uuid(),
  kind: z.string(),
  status: z.enum(statuses),
  model: z.string(),
  prompt_version: z.string(),
  options: z.record(z.string(), z.unknown()),
  attempts: z.int(),
  suggestions_count: z.int(),
  tokens_input: z.int().nullable(),
  tokens_output: z.int().nullable(),
  cost_usd: z.string(),
  ai_metadata: z.record(z.string(), z.unknown()),
  error: GenerationError.nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  updated_at: z.string(),
})
export type Generation = z.infer<typeof Generation>

/** Why a person rejects a suggestion. */
export const rejectReasons = ['wrong', 'not_in_source', 'duplicate', 'too_easy', 'unclear', 'other'] as const

export const suggestionStatuses = ['proposed', 'accepted', 'rejected'] as const

/**
 * A suggestion as the API answers it. `source_quote` is the part of source_text from `quote_start` to before
 * `quote_end`, in code points. `front` and `back` are always the model's; a person's edits are in the card.
 */
export const Suggestion = z.object({
  id: z.uuid(),
  generation_id: z.uuid(),
  position: z.int(),
  front: z.string(),
  back: z.string(),
  source_quote: z.string(),
  quote_start: z.int(),
  quote_end: z.int(),
  flags: z.array(z.string()),
  status: z.enum(suggestionStatuses),
  edited: z.boolean(),
  reject_reason: z.enum(rejectReasons).nullable(),
  reviewed_at: z.string().nullable(),
  created_at: z.string(),
  /** The caller's card that was made of it, as long as there is one. */
  card_id: z.uuid().nullable(),
})
export type Suggestion = z.infer<typeof Suggestion>
