import { z } from 'zod'
import { cleanText } from './clean-text.ts'
import { withProvider } from './with-provider.ts'

/** A message text: a string, or an array of parts whose texts are joined. */
const messageText = z
  .union([
    z.string(),
    z.array(z.object({ text: z.string().catch('') })).transform((parts) => parts.map((part) => part.text).join('')),
  ])
  .nullable()
  .catch(null)

const optionalText = z.string().nullable().catch(null)

/** An id, a model name or a finish reason. It is stored, so it is cleaned and cut to 200 characters. */
const label = z
  .string()
  .transform((name) => cleanText(name, 200))
  .nullable()
  .catch(null)

const message = z
  .object({
    content: messageText,
    refusal: optionalText,
    reasoning: optionalText,
    reasoning_content: optionalText,
  })
  .nullish()
  .catch(null)

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
  usage: z.looseObject({}).nullable().catch(null),
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
  finish: string | null
  nativeFinish: string | null
  usage: unknown
  error: unknown
  /** Why a part of the answer could not be read; null when all of it could. */
  malformed: string | null
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
  const delta = part.delta ?? part.message
  const reasoning = delta?.reasoning || delta?.reasoning_content || ''
  completion.content += delta?.content ?? ''
  completion.refusal += delta?.refusal ?? ''
  completion.reasoningBytes += Buffer.byteLength(reasoning)
  // Some providers send an empty finish reason in every frame, also in frames after the real one.
  completion.finish = part.finish_reason || completion.finish
  completion.nativeFinish = part.native_finish_reason || completion.nativeFinish
  completion.error ||= part.error
  if (delta?.content || delta?.refusal || reasoning) return 'token'
  return part.finish_reason || part.error ? 'progress' : null
}

/**
 * Adds a parsed body or one parsed frame to `completion`. Only the choice with index 0 counts, since only one is
 * requested.
 */
export const addToCompletion = (completion: Completion, json: unknown): Progress => {
  const body = wireBody.safeParse(Array.isArray(json) ? json[0] : json).data
  if (!body) {
    completion.malformed ??= 'not an object'
    return null
  }
  completion.id = body.id || completion.id
  completion.model = body.model || completion.model
  completion.usage = body.usage ?? completion.usage
  // When `error` is a scalar, as in `"error": "UNAUTHORIZED"` from gateways, the fields beside it explain the error.
  completion.error ||= body.error ? (typeof body.error === 'object' ? body.error : json) : flatError(Object(json))
  const first = body.choices?.find((candidate) => candidate?.index === 0)
  const progress = first ? addChoice(completion, first) : null
  completion.error &&= withProvider(completion.error, json)
  return progress ?? (body.usage || body.error ? 'progress' : null)
}
