/** JSON or nothing: never repaired, and never an error message, which would hold a piece of the answer. */
export const parseJson = (text: string): { ok: true; value: unknown } | { ok: false } => {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return { ok: false }
  }
}

const opening = /^\s*(?:\{\s*"cards"\s*:\s*)?\[/
const space = /\s*/y

const skipSpace = (text: string, at: number): number => {
  space.lastIndex = at
  space.exec(text)
  return space.lastIndex
}

/** The index after the object that begins at `start`, or -1 where the text ends first. */
const endOfObject = (text: string, start: number): number => {
  let depth = 0
  let quoted = false
  for (let at = start; at < text.length; at++) {
    const unit = text[at]
    if (quoted) {
      if (unit === '\\') at++
      else if (unit === '"') quoted = false
    } else if (unit === '"') quoted = true
    else if (unit === '{' || unit === '[') depth++
    else if (unit === '}' || unit === ']') {
      depth--
      if (depth === 0) return at + 1
    }
  }
  return -1
}

/** The complete objects at the head of a JSON array (bare, or under "cards") that was cut off somewhere. */
export const completeObjects = (text: string): unknown[] => {
  const objects: unknown[] = []
  const start = opening.exec(text)
  if (start === null) return objects
  for (let at = skipSpace(text, start[0].length); text[at] === '{'; ) {
    const end = endOfObject(text, at)
    const parsed = end === -1 ? null : parseJson(text.slice(at, end))
    if (!parsed?.ok) return objects
    objects.push(parsed.value)
    at = skipSpace(text, end)
    if (text[at] !== ',') return objects
    at = skipSpace(text, at + 1)
  }
  return objects
}
