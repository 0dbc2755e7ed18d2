/** In UTF-16 units: some checks take quadratic time for a run of letters, so that pieces are short. */
const pieceLength = 2000
/** So much of a text stands in two pieces, for what a cut would divide. */
const overlap = 200

// Where no link has a part on both sides, best first.
const boundaries = [/\s/u, /[，。、；：！？「」『』（）<>"'`|,;]/u]

/** Behind the last place from `from` to `to` at which a text may be cut; null when it has none. */
export const lastBoundary = (text: string, from: number, to: number): number | null => {
  for (const boundary of boundaries)
    for (let at = to; at > from; at--) if (boundary.test(text.charAt(at - 1))) return at
  return null
}

/** Behind the first such place. */
export const firstBoundary = (text: string, from: number, to: number): number | null => {
  for (const boundary of boundaries)
    for (let at = from; at < to; at++) if (boundary.test(text.charAt(at))) return at + 1
  return null
}

/** A text in pieces that overlap, cut between words where there are any. */
export const piecesOf = (text: string): string[] => {
  const pieces: string[] = []
  let start = 0
  while (text.length - start > pieceLength) {
    const limit = start + pieceLength
    const end = lastBoundary(text, start + pieceLength / 2, limit) ?? limit
    pieces.push(text.slice(start, end))
    start = firstBoundary(text, end - overlap, end - 1) ?? end - overlap
  }
  return [...pieces, text.slice(start)]
}
