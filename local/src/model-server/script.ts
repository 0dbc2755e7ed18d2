import { z } from 'zod'

const ms = z.number().min(0).max(2_000_000_000)
/** An amount in USD: no sign, no exponent, at most 12 decimals. */
const usd = z.string().regex(/^\d{1,9}(?:\.\d{1,12})?$/)
const count = z.int().min(0).max(100_000)

const matchSchema = z.strictObject({
  /** A part of any message's text. */
  text: z.string().min(1).optional(),
  /** The model asked for, whole. */
  model: z.string().min(1).optional(),
  /** The bearer, whole. */
  key: z.string().min(1).optional(),
  /** The nth request (from 1) of those that fit the rest of the match, counted since the script was set. */
  nth: z.int().min(1).optional(),
})

const stepSchema = z.strictObject({
  /** Stands in the record of each request that the step answered. */
  label: z.string().min(1).optional(),
  match: matchSchema.default({}),
  /** How many requests the step answers before it is used up; without it, any number. */
  times: z.int().min(1).optional(),
  /**
   * The part of the fitting requests that the step answers, by count: 0.2 is every fifth. Steps with shares take turns,
   * so that their faults mix; together they answer what their shares add up to.
   */
  share: z.number().min(0).max(1).default(1),

  /** Silence before the headers, before the first piece of the body, and between pieces. */
  latency_ms: ms.default(0),
  first_token_ms: ms.default(0),
  chunk_gap_ms: ms.default(0),
  /** How often a comment (a blank, in a plain body) is sent during the silences after the headers; without it, never. */
  keep_alive_ms: ms.min(1).optional(),
  /** Pieces that the content (or a plain body) is cut into. */
  chunks: count.min(1).default(8),

  /** From 400 on, without a `body`, an error in OpenRouter's shape is sent. */
  status: z.int().min(200).max(599).default(200),
  headers: z.record(z.string().min(1), z.string()).default({}),
  /** Sent instead of an answer: a string as it is, anything else as JSON. */
  body: z.json().optional(),
  /** Completion a stream request with one JSON body, as some gateways do. */
  non_stream_body_to_stream_request: z.boolean().default(false),

  /** Silence until the client goes: before the headers, or in the body after `hang_after_chunks` pieces. */
  hang: z.enum(['headers', 'stream']).optional(),
  hang_after_chunks: count.default(0),
  /** The connection ends after so many pieces: socket destroyed, reset (RST), or the body ended as if it were whole. */
  cut_after_chunks: count.optional(),
  cut: z.enum(['destroy', 'reset', 'end']).default('destroy'),
  /** The connection is reset before any header. */
  reset: z.boolean().default(false),
  /** A data frame that is not JSON, after the first piece of a stream. */
  malformed_frame: z.boolean().default(false),

  /** The exact content, in place of cards. */
  content: z.string().optional(),
  /** The content is cut after so many characters; `finish_reason` is then 'length' unless given. */
  truncate_at: count.optional(),
  /** The content wrapped in a code fence. */
  fence: z.boolean().default(false),
  refusal: z.string().min(1).optional(),
  /** Tokens of reasoning, and no content; `finish_reason` is then 'length' unless given. */
  reasoning_only: z.boolean().default(false),
  finish_reason: z.enum(['stop', 'length', 'content_filter', 'error']).nullable().optional(),
  /** An error object beside the choices, in the last frame of a stream or in the body. */
  error: z.json().optional(),

  no_usage: z.boolean().default(false),
  /** Fields laid over the usage that would be sent; tokens given here are those that are charged. */
  usage: z.record(z.string(), z.json()).default({}),
  /** What the answer costs, in USD, whatever becomes of it; it is charged as soon as one piece is sent. */
  cost: usd.optional(),
  /** How long after the request's end its lookup by id still answers 404. */
  lookup_delay_ms: ms.optional(),
})

const scriptSchema = z.union([z.array(stepSchema), z.strictObject({ steps: z.array(stepSchema) })])

/** What a model server is to do: its first step that fits a request and is not used up answers it. */
export type Script = z.input<typeof scriptSchema>
export type Step = z.output<typeof stepSchema>

/** The steps of a script, defaults filled in. @throws z.ZodError when it is not a script */
export const parseScript = (script: unknown): Step[] => {
  const parsed = scriptSchema.parse(script)
  return Array.isArray(parsed) ? parsed : parsed.steps
}

/** What answers a request that no step fits: honest cards, at once. */
export const defaultStep: Step = stepSchema.parse({})
