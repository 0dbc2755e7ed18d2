import { codePoints } from '@recto/shared/text'
import type { ParseContent } from '../../llm/request.ts'
import { stripCodeFence } from '../../llm/wire/strip-code-fence.ts'

/** The most code points of an answer. The longest input is half of it. */
export const longestText = 40_000

/** Reads an answer as one text. A text that was cut off is no text: nobody could see what is missing. */
export const parse: ParseContent<unknown[]> = (content, finish) => {
  if (finish === 'length') return { ok: false, message: 'the text was cut off' }
  if (codePoints(content) > longestText) return { ok: false, message: 'the answer is too long' }
  return { ok: true, value: [stripCodeFence(content, 'stop').trim()] }
}
