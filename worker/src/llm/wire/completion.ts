import { z } from 'zod'
import { cleanText } from './clean-text.ts'
import { readContent } from './content.ts'
import { addFinish } from './finish.ts'
import { plainTextOf } from './plain-frame.ts'
import { readReasoning } from './reasoning.ts'
import { saysSomething } from './says-something.ts'
import { usageFields } from './usage.ts'
import { withProvider } from './with-provider.ts'

const optionalText = z.string().nullable().catch(null)

/** An id, a model name or a finish reason. It is stored, so it is cleaned and cut to 200 characters. */
const label = z
  .string()
  .transform((name) => cleanText(name, 200))
  .nullable()
  .catch(null)

const wireMessage = z.object({
  content: z.unknown().optional(),
  refusal: optionalText,
  reasoning: z.unknown().optional(),
  reasoning_content: z.unknown().optional(),
  reasoning_details: z.unknown().optional(),
  reasoning_text: z.unknown().optional(),
  thinking: z.unknown().optional(),
  thinking_blocks: z.unknown().optional(),
  thought: z.unknown().optional(),
  thoughts: z.unknown().optional(),
  tool_calls: z.array(z.unknown()).nullish().catch(null),
})

const message = wireMessage.nullish().catch(null)
const noMessage = wireMessage.parse({})

const choice = z
  .object({
    index: z.number().catch(0),
    delta: message,
    message,
    finish_reason: label,
    native_finish_reason: label,
    error: z.unknown().optional(),
  })
  .nullable()
  .catch(null)

/**
 * A complete answer or one frame of a stream; the two differ only in `message` and `delta`. Every field may be missing.
 */
const wireBody = z.object({
  id: label,
  model: label,
  choices: z.array(choice).nullable().catch(null),
  usage: usageFields.nullable().catch(null),
  error: z.unknown().optional(),
})

/**
 * What has been read of an answer so far. `error` is the provider's error value, from wherever in the answer it stood.
 */
export type Completion = {
  id: string | null
  model: string | null
  content: string
  /** UTF-8 bytes of the reasoning text, which is counted but not kept. */
  reasoningBytes: number
  /** UTF-8 bytes of a JSON body that was cut off and therefore could not be parsed. */
  unreadBytes: number
  /** The model's own refusal to answer; empty when there is none. */
  refusal: string
  /** A `Finish` where the server's word is known, else that word; null when none has arrived. */
  finish: string | null
  nativeFinish: string | null
  usage: object | null
  error: unknown
  /** Why a part of the answer could not be read; null when all of it could. */
  malformed: string | null
  /** Whether there is no answer at all: an empty body, or a page or text of a proxy, which `error` holds then. */
  missing: 'empty' | 'page' | null
}

/** What one frame added: a token of text, another sign of progress, or nothing. */
export type Progress = 'token' | 'progress' | null

export const emptyCompletion = (): Completion => ({
  id: null,
  model: null,
  content: '',
  reasoningBytes: 0,
  unreadBytes: 0,
  refusal: '',
  finish: null,
  nativeFinish: null,
  usage: null,
  error: null,
  malformed: null,
  missing: null,
})

/** UTF-8 bytes of everything that the model wrote, including reasoning and refusals. */
export const producedBytes = (completion: Completion): number =>
  Buffer.byteLength(completion.content) +
  Buffer.byteLength(completion.refusal) +
  completion.reasoningBytes +
  completion.unreadBytes

/**
 * An error without an `error` key, as vLLM and gateways send it: `{object: "error", message}` or `{status, message}`.
 */
const flatError = (body: object): unknown =>
  'message' in body && typeof body.message === 'string' && !('choices' in body) ? body : null

const addChoice = (completion: Completion, part: NonNullable<z.infer<typeof choice>>): Progress => {
  const delta = part.delta ?? part.message ?? noMessage
  const content = readContent(delta.content)
  const refusal = (delta.refusal ?? '') + content.refusal
  const reasoning = readReasoning(delta)
  completion.content += content.text
  completion.refusal += refusal
  completion.reasoningBytes += reasoning.bytes + content.reasoning.bytes
  completion.finish = addFinish(addFinish(completion.finish, part.finish_reason), part.native_finish_reason)
  completion.nativeFinish = part.native_finish_reason || completion.nativeFinish
  const error = saysSomething(part.error) ? part.error : null
  completion.error ||= error
  if (content.text || refusal || reasoning.found || content.reasoning.found) return 'token'
  return part.finish_reason || error || delta.tool_calls?.length ? 'progress' : null
}

/**
 * The error that a body reports at its top. An error value that says nothing is an error only where nothing else stands
 * beside it. When `error` is a scalar, as in `"error": "UNAUTHORIZED"` from gateways, the fields beside it explain it.
 */
const topError = (error: unknown, json: object, isGood: boolean): unknown => {
  if (!error || (isGood && !saysSomething(error))) return flatError(json)
  return typeof error === 'object' ? error : json
}

/** Some servers send a usage in every frame, also an empty one after the real one: a field is replaced by what counts. */
const mergeUsage = (known: object | null, usage: object | null): object | null => {
  if (!known || !usage) return usage ?? known
  const counting = Object.entries(usage).filter(([, value]) => value !== null && value !== 0)
  return { ...known, ...Object.fromEntries(counting) }
}

/** Adds a parsed body or frame to `completion`, whatever it brings. `addToCompletion` does the same in less time. */
export const addByShape = (completion: Completion, json: unknown): Progress => {
  const body = wireBody.safeParse(Array.isArray(json) ? json[0] : json).data
  if (!body) {
    completion.malformed ??= 'not an object'
    return null
  }
  completion.id = body.id || completion.id
  completion.model = body.model || completion.model
  completion.usage = mergeUsage(completion.usage, body.usage)
  const first = body.choices?.find((candidate) => candidate?.index === 0)
  const error = topError(body.error, Object(json), Boolean(first || body.usage))
  completion.error ||= error
  const progress = first ? addChoice(completion, first) : null
  completion.error &&= withProvider(completion.error, json)
  return progress ?? (body.usage || error ? 'progress' : null)
}

/**
 * Adds a parsed body or one parsed frame to `completion`. Only the choice with index 0 counts, since only one is
 * requested.
 */
export const addToCompletion = (completion: Completion, json: unknown): Progress => {
  const text = plainTextOf(json, completion)
  if (text === '') return addByShape(completion, json)
  completion.content += text
  return 'token'
}
