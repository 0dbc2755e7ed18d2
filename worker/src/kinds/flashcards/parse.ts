import { z } from 'zod'
import type { ParseContent } from '../../llm/request.ts'
import { parseJson } from '../parse-json.ts'
import { limits } from './limits.ts'
import { completeObjects } from './partial-json.ts'

const Elements = z.array(z.unknown())
const Answer = z.union([z.object({ cards: Elements }).transform(({ cards }) => cards), Elements])

/**
 * Parses `{"cards": […]}` or a bare array, whose code fence the caller has removed. An answer with `finish` = `stop`
 * must be strict JSON. An answer with `length` may be cut off: its complete elements are kept; none is an error.
 * An answer longer than `limits.answer` is an error, and elements after the first `limits.elements` are left out. The
 * message of an error repeats nothing of the answer.
 */
export const parse: ParseContent<unknown[]> = (content, finish) => {
  if (content.length > limits.answer) return { ok: false, message: 'the answer is too long' }
  const json = parseJson(content.trim())
  const answer = json.ok ? Answer.safeParse(json.value) : null
  if (answer?.success) return { ok: true, value: answer.data.slice(0, limits.elements) }
  if (finish === 'stop')
    return { ok: false, message: json.ok ? 'the answer holds no list of cards' : 'the answer is not JSON' }
  const kept = completeObjects(content)
  return kept.length > 0
    ? { ok: true, value: kept }
    : { ok: false, message: 'the answer was cut before its first card ended' }
}
