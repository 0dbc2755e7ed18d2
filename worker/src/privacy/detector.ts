/** A part of a text: UTF-16 offsets, `end` exclusive. */
export type Span = { start: number; end: number }

/** Returns the spans of one kind of personal data in a text folded by `foldForSearch`: ascending, without overlap. */
export type Detector = (text: string) => Span[]

/**
 * How many UTF-16 units of a match are the detected value, counted from the start of the match; 0 rejects the match.
 */
type ValueLength = (match: string, start: number, text: string) => number

const wholeMatch: ValueLength = (match) => match.length

/**
 * Creates a detector from a global regular expression. `valueLength` may shorten or reject a match.
 * After a rejected match the search continues one UTF-16 unit later, because a value may begin inside the match.
 */
export const patternDetector =
  (pattern: RegExp, valueLength: ValueLength = wholeMatch): Detector =>
  (text) => {
    const spans: Span[] = []
    pattern.lastIndex = 0
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const length = valueLength(match[0], match.index, text)
      pattern.lastIndex = match.index + Math.max(length, 1)
      if (length > 0) spans.push({ start: match.index, end: match.index + length })
    }
    return spans
  }

/** Creates a detector from a global regular expression and a check that accepts or rejects each match as a whole. */
export const checkedPatternDetector = (pattern: RegExp, isValue: (match: string) => boolean): Detector =>
  patternDetector(pattern, (match) => (isValue(match) ? match.length : 0))

const wordCharacterAtEnd = /\w$/
const wordCharacterAtStart = /^\w/

const isWholeWord = (text: string, { start, end }: Span): boolean =>
  !wordCharacterAtEnd.test(text.slice(Math.max(0, start - 1), start)) &&
  !wordCharacterAtStart.test(text.slice(end, end + 1))

/**
 * Extends a detector that recognises a value only beside a keyword such as "tel.": once a value is recognised, the
 * extended detector returns every other occurrence of the same value in the text as well.
 */
export const withOtherOccurrences =
  (detect: Detector): Detector =>
  (text) => {
    const spans = detect(text)
    for (const value of new Set(spans.map(({ start, end }) => text.slice(start, end))))
      for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + value.length)) {
        const span = { start: at, end: at + value.length }
        if (isWholeWord(text, span)) spans.push(span)
      }
    return withoutOverlap(spans)
  }

/** Sorts spans by `start` and removes overlaps: the span that starts first stays, the longer one at the same start. */
const withoutOverlap = (spans: Span[]): Span[] => {
  const kept: Span[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start || b.end - a.end))
    if (span.start >= (kept.at(-1)?.end ?? 0)) kept.push(span)
  return kept
}

/** Replaces spans by U+0000 to hide them from later detectors. The length and all offsets of the text stay the same. */
export const blankOut = (text: string, spans: Span[]): string => {
  let blanked = ''
  let at = 0
  for (const { start, end } of spans) {
    blanked += text.slice(at, start) + '\u0000'.repeat(end - start)
    at = end
  }
  return blanked + text.slice(at)
}
