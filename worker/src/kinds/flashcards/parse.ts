import { z } from 'zod'
import { completeObjects, parseJson } from './partial-json.ts'

const Elements = z.array(z.unknown())
const Answer = z.union([z.object({ cards: Elements }).transform(({ cards }) => cards), Elements])

/** The elements of an answer, unproven; or why there are none, in words that hold nothing of the answer. */
export type Parsed = { ok: true; value: unknown[] } | { ok: false; message: string }

/**
 * Reads `{"cards": […]}` or a bare array; a code fence around it is off already. `stop`: strict JSON, nothing repaired.
 * `length`: the answer was cut, and its complete elements are kept; none of them is a failure.
 */
export const parse = (content: string, finish: 'stop' | 'length'): Parsed => {
  const json = parseJson(content.trim())
  const answer = json.ok ? Answer.safeParse(json.value) : null
  if (answer?.success) return { ok: true, value: answer.data }
  if (finish === 'stop')
    return { ok: false, message: json.ok ? 'the answer holds no list of cards' : 'the answer is not JSON' }
  const kept = completeObjects(content)
  return kept.length > 0
    ? { ok: true, value: kept }
    : { ok: false, message: 'the answer was cut before its first card ended' }
}
