/** For each prefix of the pattern, the length of its longest proper prefix that is also its suffix. */
const bordersOf = (pattern: string): Uint32Array => {
  const borders = new Uint32Array(pattern.length)
  for (let at = 1, matched = 0; at < pattern.length; at++) {
    while (matched > 0 && pattern.charCodeAt(at) !== pattern.charCodeAt(matched)) matched = borders[matched - 1] ?? 0
    if (pattern.charCodeAt(at) === pattern.charCodeAt(matched)) matched++
    borders[at] = matched
  }
  return borders
}

/**
 * Returns the UTF-16 offset of the first occurrence of a pattern that `accepts` returns true for, or -1. Takes linear
 * time for every text (Knuth, Morris, Pratt): `indexOf` is quadratic when a text repeats itself.
 */
export const findOccurrence = (text: string, pattern: string, accepts: (at: number) => boolean): number => {
  if (pattern === '') return -1
  const borders = bordersOf(pattern)
  for (let at = 0, matched = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    while (matched > 0 && unit !== pattern.charCodeAt(matched)) matched = borders[matched - 1] ?? 0
    if (unit === pattern.charCodeAt(matched)) matched++
    if (matched === pattern.length) {
      const start = at + 1 - matched
      if (accepts(start)) return start
      matched = borders[matched - 1] ?? 0
    }
  }
  return -1
}
