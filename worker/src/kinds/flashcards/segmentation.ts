// The locale has no influence on the result: ICU segments scripts without spaces by dictionary in every locale.
const wordSegmenter = new Intl.Segmenter('en', { granularity: 'word' })
const sentenceSegmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

const letterOrDigit = /[\p{L}\p{N}]/u

const hasAtLeast = (segments: Iterable<Intl.SegmentData>, least: number, counts: (s: Intl.SegmentData) => boolean) => {
  let found = 0
  for (const segment of segments) if (counts(segment) && ++found >= least) return true
  return false
}

/** Whether a text of any script has at least `least` words (Unicode text segmentation, UAX #29). */
export const hasAtLeastWords = (text: string, least: number): boolean =>
  text.length >= least && hasAtLeast(wordSegmenter.segment(text), least, (segment) => segment.isWordLike === true)

/** Whether a word of a text of any script begins or ends at a UTF-16 offset (UAX #29; a dictionary for some scripts). */
export const isWordBoundary = (text: string, offset: number): boolean =>
  (wordSegmenter.segment(text).containing(offset)?.index ?? offset) === offset

/** Whether a text has at least `least` sentences that contain a letter or digit (UAX #29). */
export const hasAtLeastSentences = (text: string, least: number): boolean =>
  hasAtLeast(sentenceSegmenter.segment(text), least, ({ segment }) => letterOrDigit.test(segment))
