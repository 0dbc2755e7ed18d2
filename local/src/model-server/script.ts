import { z } from 'zod'

const ms = z.number().min(0).max(2_000_000_000)
/** An amount in USD: no sign, no exponent, at most 12 decimals. */
const usd = z.string().regex(/^\d{1,9}(?:\.\d{1,12})?$/)
const count = z.int().min(0).max(100_000)

const matchSchema = z.strictObject({
  /** A substring of any message. */
  text: z.string().min(1).optional(),
  /** The full name of the requested model. */
  model: z.string().min(1).optional(),
  /** The full API key. */
  key: z.string().min(1).optional(),
  /** The number, from 1, of the request among those that fit the rest of the match since the script was set. */
  nth: z.int().min(1).optional(),
})

const stepSchema = z.strictObject({
  /** The name of the step in the records of the requests that it answered. */
  label: z.string().min(1).optional(),
  match: matchSchema.default({}),
  /** How many requests the step answers. Without it, there is no limit. */
  times: z.int().min(1).optional(),
  /**
   * The share of the fitting requests that the step answers: 0.2 means every fifth. Several steps with shares take
   * turns, so that their faults mix. Together they answer the sum of their shares.
   */
  share: z.number().min(0).max(1).default(1),

  /** The pause before the headers. */
  latency_ms: ms.default(0),
  /** The pause before the first chunk of the body. */
  first_token_ms: ms.default(0),
  /** The pause between two chunks. */
  chunk_gap_ms: ms.default(0),
  /** How often a comment (white space in a plain body) is sent in pauses after the headers. Without it, none is. */
  keep_alive_ms: ms.min(1).optional(),
  /** The number of chunks into which the content (or a plain body) is split. */
  chunks: count.min(1).default(8),

  /** A status of 400 or above without a `body` sends an error in OpenRouter's format. */
  status: z.int().min(200).max(599).default(200),
  headers: z.record(z.string().min(1), z.string()).default({}),
  /** The body in place of a completion. A string is sent unchanged, anything else as JSON. */
  body: z.json().optional(),
  /** Completion a stream request with one JSON body, as some gateways do. */
  non_stream_body_to_stream_request: z.boolean().default(false),

  /** Hangs until the client disconnects: before the headers, or in the body after `hang_after_chunks` chunks. */
  hang: z.enum(['headers', 'stream']).optional(),
  hang_after_chunks: count.default(0),
  /** After how many chunks the connection ends. */
  cut_after_chunks: count.optional(),
  /** How `cut_after_chunks` ends: the socket is destroyed or reset (RST), or the body ends as if it were complete. */
  cut: z.enum(['destroy', 'reset', 'end']).default('destroy'),
  /** Resets the connection before any header. */
  reset: z.boolean().default(false),
  /** Sends a data frame that is not JSON after the first chunk of a stream. */
  malformed_frame: z.boolean().default(false),

  /** The content of the completion in place of cards. */
  content: z.string().optional(),
  /** Truncates the content after this many characters. `finish_reason` is then 'length' unless given. */
  truncate_at: count.optional(),
  /** Wraps the content in a code fence. */
  fence: z.boolean().default(false),
  refusal: z.string().min(1).optional(),
  /** Sends reasoning and no content. `finish_reason` is then 'length' unless given. */
  reasoning_only: z.boolean().default(false),
  /** Any word: servers do not agree on them. */
  finish_reason: z.string().max(100).nullable().optional(),
  /** An error object beside the choices, in the end frame of a stream or in the body. */
  error: z.json().optional(),

  /** Leaves the usage out. */
  no_usage: z.boolean().default(false),
  /** Fields that replace those of the usage. Tokens given here are also charged. */
  usage: z.record(z.string(), z.json()).default({}),
  /** The cost of the response in USD. It is charged in full as soon as one chunk is sent. */
  cost: usd.optional(),
  /** How long after the request's end its lookup answers 404. */
  lookup_delay_ms: ms.optional(),
})

const scriptSchema = z.union([z.array(stepSchema), z.strictObject({ steps: z.array(stepSchema) })])

/** The script of a model server. The first step that fits a request and is not used up answers it. */
export type Script = z.input<typeof scriptSchema>
export type Step = z.output<typeof stepSchema>

/**
 * Reads a script and adds the defaults to its steps.
 * @throws z.ZodError when it is not a script
 */
export const parseScript = (script: unknown): Step[] => {
  const parsed = scriptSchema.parse(script)
  return Array.isArray(parsed) ? parsed : parsed.steps
}

/** Answers a request that no step fits, with cards made of the text and without delay. */
export const defaultStep: Step = stepSchema.parse({})
