/**
 * Converts offsets of the API, which count code points, into offsets of JavaScript, which count UTF-16 units. An offset
 * beyond the end becomes the end.
 */
export const createOffsets = (text: string): ((codePoints: number) => number) => {
  /** How many code points are before each one that has two units. */
  const wide: number[] = []
  let count = 0
  for (const character of text) {
    if (character.length === 2) wide.push(count)
    count += 1
  }
  return (codePoints) => {
    let [low, high] = [0, wide.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((wide[middle] ?? 0) < codePoints) low = middle + 1
      else high = middle
    }
    return Math.min(codePoints + low, text.length)
  }
}
