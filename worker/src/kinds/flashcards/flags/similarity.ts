/** Returns the distinct trigrams of a text in ascending order, each of three UTF-16 units packed into one number. */
export const trigrams = (text: string): Float64Array => {
  const packed = new Set<number>()
  for (let i = 0; i + 2 < text.length; i++)
    packed.add((text.charCodeAt(i) * 0x10000 + text.charCodeAt(i + 1)) * 0x10000 + text.charCodeAt(i + 2))
  return Float64Array.from(packed).sort()
}

/** Returns the Jaccard similarity of two sets of trigrams, from 0 to 1. Both arrays must be ascending. */
export const jaccardSimilarity = (a: Float64Array, b: Float64Array): number => {
  let shared = 0
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const left = a[i] ?? 0
    const right = b[j] ?? 0
    if (left === right) shared++
    if (left <= right) i++
    if (right <= left) j++
  }
  const union = a.length + b.length - shared
  return union === 0 ? 0 : shared / union
}
