/** UTF-16 offsets of a part of a text: from `start` to before `end`. */
export type Range = readonly [start: number, end: number]

/** What a reader sees of a source: UTF-16 unit i of `text` is unit `offsets[i]` of the source. */
export type Reading = { text: string; offsets: Uint32Array }

/** Returns a reading without some ranges of its text. The ranges may overlap and stand in any order. */
export const hide = ({ text, offsets }: Reading, ranges: Range[]): Reading => {
  if (ranges.length === 0) return { text, offsets }
  const pieces: string[] = []
  const kept = new Uint32Array(offsets.length)
  let length = 0
  let at = 0
  const keep = (start: number, end: number) => {
    pieces.push(text.slice(start, end))
    kept.set(offsets.subarray(start, end), length)
    length += end - start
  }
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (start > at) keep(at, start)
    at = Math.max(at, end)
  }
  keep(at, text.length)
  return { text: pieces.join(''), offsets: kept.subarray(0, length) }
}
