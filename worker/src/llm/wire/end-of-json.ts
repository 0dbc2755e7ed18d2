/**
 * Returns the UTF-16 offset after the JSON object or array that begins at `start`, or -1 if the text ends before it does.
 * Brackets are counted and strings skipped; nothing else is checked.
 */
export const endOfJson = (text: string, start: number): number => {
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
