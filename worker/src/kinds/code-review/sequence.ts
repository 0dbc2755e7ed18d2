/** Where a sequence of numbers stands in another one. Its time is proportional to both lengths (Knuth, Morris, Pratt). */
export const positionsOf = (sought: readonly number[], within: readonly number[]): number[] => {
  const fallback = [0]
  for (let at = 1, matched = 0; at < sought.length; at++) {
    while (matched > 0 && sought[at] !== sought[matched]) matched = fallback[matched - 1] ?? 0
    if (sought[at] === sought[matched]) matched++
    fallback.push(matched)
  }
  const positions: number[] = []
  for (let at = 0, matched = 0; at < within.length; at++) {
    while (matched > 0 && within[at] !== sought[matched]) matched = fallback[matched - 1] ?? 0
    if (within[at] === sought[matched]) matched++
    if (matched < sought.length) continue
    positions.push(at - sought.length + 1)
    matched = fallback[matched - 1] ?? 0
  }
  return positions
}
