import { type Classification, classifyError } from './errors/classify.ts'
import type { FailureClass } from './errors/failure.ts'
import type { Completion } from './wire/completion.ts'
import type { RawResponse } from './wire/raw-response.ts'

/** A failed call. `note` is this worker's own explanation, `error` the provider's error value as it was received. */
export type CallFailure = Classification & { ok: false; note: string | null; error: unknown }

/** The meaning of a response: text to parse, or a failure. */
export type Interpretation = { ok: true; content: string; finish: 'stop' | 'length' } | CallFailure

/** A failure that this worker detects itself, without an error of the provider. */
export const callFailure = (failure: FailureClass, note: string | null = null): CallFailure => ({
  ok: false,
  class: failure,
  retryAfterMs: null,
  note,
  error: null,
})

/** A count of no output tokens. Beside a count of no input tokens either it says only that the server counts none. */
const reportsNoOutput = (usage: unknown): boolean =>
  usage !== null &&
  typeof usage === 'object' &&
  'completion_tokens' in usage &&
  usage.completion_tokens === 0 &&
  !('prompt_tokens' in usage && usage.prompt_tokens === 0)

const interpretCompletion = (completion: Completion): Interpretation => {
  const { content, refusal, finish, nativeFinish, malformed, usage, missing } = completion
  if (missing === 'empty') return callFailure('upstream_error', 'an empty body')
  if (malformed) return callFailure('malformed_response', malformed)
  if (refusal || finish === 'content_filter') return callFailure('refused', nativeFinish)
  if (content.trim() !== '' && reportsNoOutput(usage)) return callFailure('malformed_response', 'text, but no tokens')
  if (finish === 'length') return { ok: true, content, finish: 'length' }
  // A cut stream looks like a complete one except for its finish reason, so only an explicit end proves that the text is
  // complete.
  if (finish === null) return callFailure('malformed_response', 'no finish: cut off')
  if (finish !== 'stop') return callFailure('malformed_response', `unknown finish reason: ${finish}`)
  if (content.trim() === '') return callFailure('malformed_response', 'no text')
  return { ok: true, content, finish: 'stop' }
}

type InterpretedFields = Pick<RawResponse, 'status' | 'headers' | 'completion' | 'errorBody' | 'interruptedBy'>

/**
 * Decides what a response means: first by its status and body, then by how the request ended. `now` is epoch
 * milliseconds, for waits that are given as dates.
 */
export const interpret = (rawResponse: InterpretedFields, now: number): Interpretation => {
  const { status, headers, completion, errorBody, interruptedBy } = rawResponse
  const providerFailure = (errorStatus: number, error: unknown): CallFailure => ({
    ok: false,
    ...classifyError(errorStatus, headers, error, now),
    note: completion.missing === 'page' ? 'a page or text in place of an answer' : null,
    error,
  })
  if (interruptedBy === 'aborted') return callFailure('aborted')
  // What a status says holds, too, when its body never ends.
  if (status !== null && (status < 200 || status > 299)) return providerFailure(status, errorBody)
  if (completion.error) return providerFailure(status ?? 200, completion.error)
  const { finish, nativeFinish } = completion
  if (finish === 'error') return callFailure('upstream_error', `finish: error (${nativeFinish ?? ''})`)
  // After a finish reason the text is complete: a connection that breaks later only loses the token counts.
  if (interruptedBy && finish === null)
    return interruptedBy === 'network'
      ? callFailure('network')
      : callFailure('timeout', `gave up waiting: ${interruptedBy}`)
  return interpretCompletion(completion)
}
