/** The distinct trigrams of a text, each three UTF-16 units packed into a number, ascending. */
export const trigrams = (text: string): Float64Array => {
  const grams = new Set<number>()
  for (let i = 0; i + 2 < text.length; i++)
    grams.add((text.charCodeAt(i) * 0x10000 + text.charCodeAt(i + 1)) * 0x10000 + text.charCodeAt(i + 2))
  return Float64Array.from(grams).sort()
}

/** What two sets of trigrams share, 0 to 1 (Jaccard). */
export const similarity = (a: Float64Array, b: Float64Array): number => {
  let shared = 0
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const left = a[i] ?? 0
    const right = b[j] ?? 0
    if (left === right) shared++
    if (left <= right) i++
    if (right <= left) j++
  }
  const all = a.length + b.length - shared
  return all === 0 ? 0 : shared / all
}
