/** Where something stands in a text, in UTF-16 units, half open. */
export type Find = { start: number; end: number }

/** Says where its kind of value stands in a folded text (`fold.ts`): in order, without overlap. */
export type Finder = (text: string) => Find[]

/** How much of a match is the value: its length from the match's start, 0 for none of it. */
type Measure = (match: string, at: number, text: string) => number

const whole: Measure = (match) => match.length

/** A finder of what a global pattern matches and a check confirms. A refused match costs one character, not its length. */
export const finder =
  (pattern: RegExp, measure: Measure = whole): Finder =>
  (text) => {
    const finds: Find[] = []
    pattern.lastIndex = 0
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const length = measure(match[0], match.index, text)
      pattern.lastIndex = match.index + Math.max(length, 1)
      if (length > 0) finds.push({ start: match.index, end: match.index + length })
    }
    return finds
  }

/** As `finder`, for a check that takes the match or leaves it. */
export const finderOf = (pattern: RegExp, isValue: (match: string) => boolean): Finder =>
  finder(pattern, (match) => (isValue(match) ? match.length : 0))

const wordBefore = /\w$/
const wordAfter = /^\w/

const standsAlone = (text: string, { start, end }: Find): boolean =>
  !wordBefore.test(text.slice(Math.max(0, start - 1), start)) && !wordAfter.test(text.slice(end, end + 1))

/** For values that only a word beside them gives away: the same value is taken wherever else it stands, too. */
export const withRepeats =
  (find: Finder): Finder =>
  (text) => {
    const finds = find(text)
    for (const value of new Set(finds.map(({ start, end }) => text.slice(start, end))))
      for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + value.length)) {
        const found = { start: at, end: at + value.length }
        if (standsAlone(text, found)) finds.push(found)
      }
    return withoutOverlap(finds)
  }

/** In order of their places; of two that overlap the longer one. */
const withoutOverlap = (finds: Find[]): Find[] => {
  const kept: Find[] = []
  for (const found of finds.toSorted((a, b) => a.start - b.start || b.end - a.end))
    if (found.start >= (kept.at(-1)?.end ?? 0)) kept.push(found)
  return kept
}

/** The text of the same length with blanks nobody matches in place of what was found. */
export const mask = (text: string, finds: Find[]): string => {
  let masked = ''
  let at = 0
  for (const { start, end } of finds) {
    masked += text.slice(at, start) + '\u0000'.repeat(end - start)
    at = end
  }
  return masked + text.slice(at)
}
