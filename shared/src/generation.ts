import { z } from 'zod'
import { DataResidency, defaultModel } from './catalog.ts'
import { codePoints, textDefect } from './text.ts'

export const statuses = ['pending', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type Status = (typeof statuses)[number]

/** Terminal is final: such a generation never changes its status again. */
export const isTerminal = (status: Status): boolean => status !== 'pending' && status !== 'running'

/** The same bounds as the check on ai_generations.source_text, in code points. */
export const textBounds = { min: 1000, max: 10_000 } as const

export const promptVersions = ['flashcards@1'] as const
export const defaultPromptVersion = 'flashcards@1'

export const cardBounds = { min: 1, max: 30, default: 10 } as const

export const SourceText = z.string().superRefine((text, context) => {
  const length = codePoints(text)
  const defect = textDefect(text)
  if (defect !== null) context.addIssue({ code: 'custom', message: defect })
  else if (length < textBounds.min || length > textBounds.max)
    context.addIssue({
      code: 'custom',
      message: `must have ${textBounds.min} to ${textBounds.max} characters (Unicode code points), has ${length}`,
    })
})

export const Options = z.strictObject({
  max_cards: z.int().min(cardBounds.min).max(cardBounds.max).optional(),
  language: z
    .string()
    .max(35)
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as en or pt-BR')
    .optional(),
})
export type Options = z.infer<typeof Options>

/** The body of a submission. That the model and the prompt version exist is checked after this, with codes of their own. */
export const NewGeneration = z.strictObject({
  source_text: SourceText,
  model: z.string().min(1).max(200).default(defaultModel),
  prompt_version: z.string().min(1).max(100).default(defaultPromptVersion),
  options: Options.default({}),
  data_residency: DataResidency.default('any'),
  account_id: z.guid().toLowerCase().optional(),
})
export type NewGeneration = z.infer<typeof NewGeneration>

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
  /** With `residency_unavailable`: what the providers in the EU failed with. */
  cause: z.string().optional(),
  /** With `no_usable_cards`: how many cards were dropped, by reason. */
  dropped: z.record(z.string(), z.int()).optional(),
})
export type GenerationError = z.infer<typeof GenerationError>

/** A generation as the API answers it: money is a decimal string, times are ISO 8601 in UTC. */
export const Generation = z.object({
  id: z.uuid(),
  status: z.enum(statuses),
  model: z.string(),
  prompt_version: z.string(),
  options: Options,
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

/** A suggestion as the API answers it: `source_quote` is source_text from `quote_start` to before `quote_end`, in code points. */
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
  status: z.enum(['proposed', 'accepted', 'rejected']),
  edited: z.boolean(),
  reject_reason: z.string().nullable(),
  reviewed_at: z.string().nullable(),
  created_at: z.string(),
})
export type Suggestion = z.infer<typeof Suggestion>
