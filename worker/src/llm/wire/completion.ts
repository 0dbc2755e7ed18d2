import { z } from 'zod'
import { cleanText } from './clean-text.ts'

const text = z
  .union([
    z.string(),
    z.array(z.object({ text: z.string().catch('') })).transform((parts) => parts.map((part) => part.text).join('')),
  ])
  .nullable()
  .catch(null)

const words = z.string().nullable().catch(null)

/** An id, a model's name, a reason: it goes on record. */
const label = z
  .string()
  .transform((name) => cleanText(name, 200))
  .nullable()
  .catch(null)

const spoken = z
  .object({ content: text, refusal: words, reasoning: words, reasoning_content: words })
  .nullish()
  .catch(null)

const choice = z
  .object({
    index: z.number().catch(0),
    delta: spoken,
    message: spoken,
    finish_reason: label,
    native_finish_reason: label,
    error: z.unknown().optional(),
  })
  .nullable()
  .catch(null)

/** A whole answer and a frame of a stream have one shape but for `message` and `delta`; every field may be missing. */
const wireBody = z.object({
  id: label,
  model: label,
  choices: z.array(choice).nullable().catch(null),
  usage: z.looseObject({}).nullable().catch(null),
  error: z.unknown().optional(),
})

/** What has been read of an answer so far. `error` is the wire's own error value, wherever in the answer it stood. */
export type Completion = {
  id: string | null
  model: string | null
  content: string
  reasoningBytes: number
  /** Bytes of a body that was cut before it could be read. */
  unreadBytes: number
  refusal: string
  finish: string | null
  nativeFinish: string | null
  usage: unknown
  error: unknown
  /** Why the answer could not be read in full, when it could not. */
  malformed: string | null
}

/** What a piece of an answer brought: tokens, something else that shows progress, or nothing. */
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

/** Bytes of everything the model wrote, thoughts and refusals too. */
export const producedBytes = (completion: Completion): number =>
  Buffer.byteLength(completion.content) +
  Buffer.byteLength(completion.refusal) +
  completion.reasoningBytes +
  completion.unreadBytes

/** vLLM and gateways answer with an error that has no `error` key: `{object: "error", message}` or `{status, message}`. */
const flatError = (body: object): unknown =>
  'message' in body && typeof body.message === 'string' && !('choices' in body) ? body : null

const addChoice = (completion: Completion, part: NonNullable<z.infer<typeof choice>>): Progress => {
  const said = part.delta ?? part.message
  const thought = said?.reasoning || said?.reasoning_content || ''
  completion.content += said?.content ?? ''
  completion.refusal += said?.refusal ?? ''
  completion.reasoningBytes += Buffer.byteLength(thought)
  // Some write an empty reason into every frame, the one after the finish too.
  completion.finish = part.finish_reason || completion.finish
  completion.nativeFinish = part.native_finish_reason || completion.nativeFinish
  completion.error ||= part.error
  if (said?.content || said?.refusal || thought) return 'token'
  return part.finish_reason || part.error ? 'progress' : null
}

/** Adds a parsed body, or one frame of a stream, to what was read before. Only the first choice counts: one is asked for. */
export const addToCompletion = (completion: Completion, json: unknown): Progress => {
  const body = wireBody.safeParse(Array.isArray(json) ? json[0] : json).data
  if (!body) {
    completion.malformed ??= 'not an object'
    return null
  }
  completion.id = body.id || completion.id
  completion.model = body.model || completion.model
  completion.usage = body.usage ?? completion.usage
  // A scalar `error` (gateways write `"error": "UNAUTHORIZED"`) is explained by the fields beside it.
  completion.error ||= body.error ? (typeof body.error === 'object' ? body.error : json) : flatError(Object(json))
  const first = body.choices?.find((candidate) => candidate?.index === 0)
  const progress = first ? addChoice(completion, first) : null
  return progress ?? (body.usage || body.error ? 'progress' : null)
}
