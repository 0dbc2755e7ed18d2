import { endOfJson } from '../../llm/wire/end-of-json.ts'
import { parseJson } from '../parse-json.ts'
import { limits } from './limits.ts'

const arrayStart = /^\s*(?:\{\s*"cards"\s*:\s*)?\[/
const space = /\s*/y

const skipSpace = (text: string, at: number): number => {
  space.lastIndex = at
  space.exec(text)
  return space.lastIndex
}

/**
 * Returns the complete objects at the start of a JSON array, bare or under "cards", that may be cut off anywhere:
 * `limits.elements` at most.
 */
export const completeObjects = (text: string): unknown[] => {
  const objects: unknown[] = []
  const start = arrayStart.exec(text)
  if (start === null) return objects
  for (let at = skipSpace(text, start[0].length); text[at] === '{' && objects.length < limits.elements; ) {
    const end = endOfJson(text, at)
    const parsed = end === -1 ? null : parseJson(text.slice(at, end))
    if (!parsed?.ok) return objects
    objects.push(parsed.value)
    at = skipSpace(text, end)
    if (text[at] !== ',') return objects
    at = skipSpace(text, at + 1)
  }
  return objects
}
