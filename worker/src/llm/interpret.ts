import { classifyError, type Verdict } from './errors/classify.ts'
import type { FailureClass } from './errors/failure.ts'
import type { Completion } from './wire/completion.ts'
import type { RawResponse } from './wire/send.ts'

/** A class with what the record should hold of its cause: a `note` in our own words, and the provider's error as it came. */
export type CallFailure = Verdict & { ok: false; note: string | null; error: unknown }

/** What a request gave: text to parse, or a failure. */
export type Interpretation = { ok: true; content: string; finish: 'stop' | 'length' } | CallFailure

/** A fault that the provider did not name itself. */
export const callFailure = (failure: FailureClass, note: string | null = null): CallFailure => ({
  ok: false,
  class: failure,
  retryAfterMs: null,
  note,
  error: null,
})

/** How providers spell, in their own words, that the model would not answer. */
const declined = /^(content_filter|refusal|safety|prohibited_content|blocklist|spii|recitation)$/i

const saysNoTokens = (usage: unknown): boolean =>
  usage !== null && typeof usage === 'object' && 'completion_tokens' in usage && usage.completion_tokens === 0

const interpretCompletion = (completion: Completion): Interpretation => {
  const { content, refusal, finish, nativeFinish, malformed, usage } = completion
  if (malformed) return callFailure('malformed_response', malformed)
  if (refusal || finish === 'content_filter' || declined.test(nativeFinish ?? ''))
    return callFailure('refused', nativeFinish)
  if (content.trim() !== '' && saysNoTokens(usage)) return callFailure('malformed_response', 'text, but no tokens')
  if (finish === 'length') return { ok: true, content, finish: 'length' }
  // A cut stream ends like a whole one, but for this. Without a positive "stop" the text is not trusted to be complete.
  if (finish !== 'stop') return callFailure('malformed_response', `no finish: ${finish ?? 'cut off'}`)
  if (content.trim() === '') return callFailure('malformed_response', 'no text')
  return { ok: true, content, finish: 'stop' }
}

/** Of an exchange, what it is judged by. */
type Heard = Pick<RawResponse, 'status' | 'headers' | 'completion' | 'refusal' | 'broken'>

/** What came of a request, by its body first, then by how it ended. `now` is for waits given as dates. */
export const interpret = (rawResponse: Heard, now: number): Interpretation => {
  const { status, headers, completion, refusal, broken } = rawResponse
  const told = (code: number, error: unknown): CallFailure => ({
    ok: false,
    ...classifyError(code, headers, error, now),
    note: null,
    error,
  })
  if (broken === 'aborted') return callFailure('aborted')
  if (status !== null && (status < 200 || status > 299) && !broken) return told(status, refusal)
  if (completion.error) return told(status ?? 200, completion.error)
  const { finish, nativeFinish } = completion
  if ((finish === 'error' && !declined.test(nativeFinish ?? '')) || nativeFinish === 'error')
    return callFailure('upstream_error', `finish: error (${nativeFinish ?? ''})`)
  // Once the model said that it has finished, a connection that breaks has cost us its token counts and nothing else.
  if (broken && finish === null)
    return broken === 'network' ? callFailure('network') : callFailure('timeout', `gave up waiting: ${broken}`)
  return interpretCompletion(completion)
}
