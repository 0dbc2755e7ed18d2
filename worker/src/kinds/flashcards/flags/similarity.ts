/** Returns the distinct trigrams of a text in ascending order, each of three UTF-16 units packed into one number. */
export const trigrams = (text: string): Float64Array => {
  const packed = new Float64Array(Math.max(0, text.length - 2))
  for (let i = 0; i < packed.length; i++)
    packed[i] = (text.charCodeAt(i) * 0x10000 + text.charCodeAt(i + 1)) * 0x10000 + text.charCodeAt(i + 2)
  packed.sort()
  let distinct = 0
  for (const trigram of packed) if (distinct === 0 || trigram !== packed[distinct - 1]) packed[distinct++] = trigram
  return packed.subarray(0, distinct)
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
