// The locale has no influence on the result: ICU segments scripts without spaces by dictionary in every locale.
const wordSegmenter = new Intl.Segmenter('en', { granularity: 'word' })
const sentenceSegmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

const letterOrDigit = /[\p{L}\p{N}]/u

const hasAtLeast = (segments: Iterable<Intl.SegmentData>, least: number, counts: (s: Intl.SegmentData) => boolean) => {
  let found = 0
  for (const segment of segments) if (counts(segment) && ++found >= least) return true
  return false
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

// European text: ASCII, letters of Latin with accents, dashes and quotation marks. No break divides a run of its letters
// and digits, and white space divides words always, so that counting is enough for most texts.
const european = /^[\0-\u007f\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u2010-\u201f]*$/
const wordRun = /[\w\u00c0-\u024f]+/g
const spacedWord = /[A-Za-z\d\u00c0-\u024f]\S*/g

/** Whether a text of any script has at least `least` words (Unicode text segmentation, UAX #29). */
export const hasAtLeastWords = (text: string, least: number): boolean => {
  if (text.length < least) return false
  if (european.test(text)) {
    if (text.length < 2 * least - 1 || count(text, wordRun) < least) return false
    if (count(text, spacedWord) >= least) return true
  }
  return hasAtLeast(wordSegmenter.segment(text), least, (segment) => segment.isWordLike === true)
}

/** Whether a word of a text of any script begins or ends at a UTF-16 offset (UAX #29; a dictionary for some scripts). */
export const isWordBoundary = (text: string, offset: number): boolean =>
  (wordSegmenter.segment(text).containing(offset)?.index ?? offset) === offset

// A sentence may end after one of these and nowhere else.
const sentenceEnd = /[\p{Sentence_Terminal}\u2024\r\n\u0085\u2028\u2029]/gu

/** Whether a text has at least `least` sentences that contain a letter or digit (UAX #29). */
export const hasAtLeastSentences = (text: string, least: number): boolean =>
  count(text, sentenceEnd) + 1 >= least &&
  hasAtLeast(sentenceSegmenter.segment(text), least, ({ segment }) => letterOrDigit.test(segment))
