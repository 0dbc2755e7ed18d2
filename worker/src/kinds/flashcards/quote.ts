import { codePoints } from '@recto/shared/text'
import type { Quote } from './card.ts'
import { isMostlyCjk } from './cjk.ts'
import { findOccurrence } from './find-occurrence.ts'
import { limits } from './limits.ts'
import type { MappedText } from './mapped-text.ts'
import { normaliseWithMap } from './normalise.ts'
import { hasAtLeastWords } from './segmentation.ts'

const isLongEnough = (quote: string): boolean =>
  codePoints(quote) >= (isMostlyCjk(quote) ? limits.quoteCjk : limits.quote) &&
  hasAtLeastWords(quote, limits.quoteWords)

const digit = /\p{Nd}/u
const numberBefore = /\p{Nd}[.,٫٬]?$/u
const numberAfter = /^[.,٫٬]?\p{Nd}/u

/** Whether a match begins or ends inside a number: "500 people" must not match within "1,500 people". */
const splitsNumber = (text: string, start: number, end: number): boolean =>
  (digit.test(text.charAt(start)) && numberBefore.test(text.slice(Math.max(0, start - 2), start))) ||
  (digit.test(text.charAt(end - 1)) && numberAfter.test(text.slice(end, end + 2)))

/** Slices a match from the source text; `at` and `length` count UTF-16 units of the normalised source. */
const sliceQuote = (sourceText: string, source: MappedText, at: number, length: number): Quote => {
  const start = source.starts[at] ?? 0
  const end = source.ends[at + length - 1] ?? start
  const source_quote = sourceText.slice(start, end)
  const quote_start = codePoints(sourceText.slice(0, start))
  return { source_quote, quote_start, quote_end: quote_start + codePoints(source_quote) }
}

/**
 * Prepares a source once. The returned function finds a quote in the source, or returns null if the quote is absent,
 * too short, too long or one word. Only a normalised substring matches: a fuzzy match would accept a changed digit or negation.
 */
export const createQuoteFinder = (sourceText: string): ((quote: string) => Quote | null) => {
  const asWritten = normaliseWithMap(sourceText)
  let withoutMarkdown: MappedText | undefined

  const find = (source: MappedText, quote: string): Quote | null => {
    if (!isLongEnough(quote)) return null
    const at = findOccurrence(source.text, quote, (at) => !splitsNumber(source.text, at, at + quote.length))
    return at === -1 ? null : sliceQuote(sourceText, source, at, quote.length)
  }
  return (quote) => {
    if (codePoints(quote) > limits.longestQuote) return null
    const found = find(asWritten, normaliseWithMap(quote).text)
    if (found !== null) return found
    withoutMarkdown ??= normaliseWithMap(sourceText, true)
    return find(withoutMarkdown, normaliseWithMap(quote, true).text)
  }
}
