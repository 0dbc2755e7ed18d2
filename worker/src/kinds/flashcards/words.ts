// The locale does not matter: ICU finds words of unspaced scripts by dictionary whatever it is.
const words = new Intl.Segmenter('en', { granularity: 'word' })
const sentences = new Intl.Segmenter('en', { granularity: 'sentence' })

const cjk = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu
const letters = /[\p{L}\p{N}]/gu

const atLeast = (segments: Iterable<Intl.SegmentData>, wanted: number, counts: (s: Intl.SegmentData) => boolean) => {
  let found = 0
  for (const segment of segments) if (counts(segment) && ++found >= wanted) return true
  return false
}

/** Whether the text has at least so many words, in any script. */
export const hasWords = (text: string, wanted: number): boolean =>
  text.length >= wanted && atLeast(words.segment(text), wanted, (segment) => segment.isWordLike === true)

/** Whether the text has at least so many sentences with a letter or digit in them. */
export const hasSentences = (text: string, wanted: number): boolean =>
  atLeast(sentences.segment(text), wanted, ({ segment }) => segment.search(letters) !== -1)

/** Whether at least half of the letters are Chinese, Japanese or Korean, which say more in fewer characters. */
export const isCjk = (text: string): boolean =>
  2 * (text.match(cjk)?.length ?? 0) >= Math.max(1, text.match(letters)?.length ?? 0)
