/**
 * Finds the end of one JSON object, array or string whose text comes in pieces. The returned function reads a piece from
 * `start` on, and returns the UTF-16 offset after the value, or -1 when the value goes on. Brackets are counted and
 * strings skipped; nothing else is checked.
 */
export const createJsonScan = (): ((piece: string, start: number) => number) => {
  let depth = 0
  let quoted = false
  let escaped = false
  return (piece, start) => {
    for (let at = start; at < piece.length; at++) {
      const unit = piece[at]
      if (escaped) escaped = false
      else if (quoted) {
        if (unit === '\\') escaped = true
        else if (unit === '"') {
          quoted = false
          if (depth === 0) return at + 1
        }
      } else if (unit === '"') quoted = true
      else if (unit === '{' || unit === '[') depth++
      else if (unit === '}' || unit === ']') {
        depth--
        if (depth === 0) return at + 1
      }
    }
    return -1
  }
}
