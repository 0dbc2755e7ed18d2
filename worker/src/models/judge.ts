import { classifyError, type Verdict } from './classify.ts'
import type { Completion } from './completion.ts'
import type { Exchange } from './exchange.ts'
import type { FailureClass } from './failure.ts'

/** A class with what the record should hold of its cause: a `note` in our own words, and the provider's error as it came. */
export type Fault = Verdict & { ok: false; note: string | null; error: unknown }

/** What a request gave: text to parse, or a failure. */
export type Judgement = { ok: true; content: string; finish: 'stop' | 'length' } | Fault

/** A fault that the provider did not name itself. */
export const fault = (failure: FailureClass, note: string | null = null): Fault => ({
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

const judgeCompletion = (completion: Completion): Judgement => {
  const { content, refusal, finish, nativeFinish, malformed, usage } = completion
  if (malformed) return fault('malformed_response', malformed)
  if (refusal || finish === 'content_filter' || declined.test(nativeFinish ?? '')) return fault('refused', nativeFinish)
  if (content.trim() !== '' && saysNoTokens(usage)) return fault('malformed_response', 'text, but no tokens')
  if (finish === 'length') return { ok: true, content, finish: 'length' }
  // A cut stream ends like a whole one, but for this. Without a positive "stop" the text is not trusted to be complete.
  if (finish !== 'stop') return fault('malformed_response', `no finish: ${finish ?? 'cut off'}`)
  if (content.trim() === '') return fault('malformed_response', 'no text')
  return { ok: true, content, finish: 'stop' }
}

/** Of an exchange, what it is judged by. */
type Heard = Pick<Exchange, 'status' | 'headers' | 'completion' | 'refusal' | 'broken'>

/** What came of a request, by its body first, then by how it ended. `now` is for waits given as dates. */
export const judge = (exchange: Heard, now: number): Judgement => {
  const { status, headers, completion, refusal, broken } = exchange
  const told = (code: number, error: unknown): Fault => ({
    ok: false,
    ...classifyError(code, headers, error, now),
    note: null,
    error,
  })
  if (broken === 'aborted') return fault('aborted')
  if (status !== null && (status < 200 || status > 299) && !broken) return told(status, refusal)
  if (completion.error) return told(status ?? 200, completion.error)
  const { finish, nativeFinish } = completion
  if ((finish === 'error' && !declined.test(nativeFinish ?? '')) || nativeFinish === 'error')
    return fault('upstream_error', `finish: error (${nativeFinish ?? ''})`)
  // Once the model said that it has finished, a connection that breaks has cost us its token counts and nothing else.
  if (broken && finish === null)
    return broken === 'network' ? fault('network') : fault('timeout', `gave up waiting: ${broken}`)
  return judgeCompletion(completion)
}
