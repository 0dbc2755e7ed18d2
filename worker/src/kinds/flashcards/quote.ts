import { codePoints } from '@recto/shared/text'
import type { Quote } from './card.ts'
import { limits } from './limits.ts'
import { type Normalised, normaliseWithMap } from './normalise.ts'
import { hasWords, isCjk } from './words.ts'

const saysEnough = (quote: string): boolean =>
  codePoints(quote) >= (isCjk(quote) ? limits.quoteCjk : limits.quote) && hasWords(quote, limits.quoteWords)

const digit = /\p{Nd}/u
const figureBefore = /\p{Nd}[.,٫٬]?$/u
const figureAfter = /^[.,٫٬]?\p{Nd}/u

// "500 people" is a substring of "1,500 people" and yet another number: a match may not part a figure.
const partsFigure = (text: string, start: number, end: number): boolean =>
  (digit.test(text.charAt(start)) && figureBefore.test(text.slice(Math.max(0, start - 2), start))) ||
  (digit.test(text.charAt(end - 1)) && figureAfter.test(text.slice(end, end + 2)))

const slice = (sourceText: string, source: Normalised, at: number, length: number): Quote => {
  const start = source.starts[at] ?? 0
  const end = source.ends[at + length - 1] ?? start
  const source_quote = sourceText.slice(start, end)
  const quote_start = codePoints(sourceText.slice(0, start))
  return { source_quote, quote_start, quote_end: quote_start + codePoints(source_quote) }
}

/**
 * Prepares a source once; the finder then says where a quote stands in it, or null when it does not, is too short or
 * one word. Nothing fuzzier than a normalised substring: similarity accepts a changed digit and a dropped "not".
 */
export const quoteFinder = (sourceText: string): ((quote: string) => Quote | null) => {
  const asWritten = normaliseWithMap(sourceText)
  let withoutMarks: Normalised | undefined

  const find = (source: Normalised, quote: string): Quote | null => {
    if (!saysEnough(quote)) return null
    for (let at = source.text.indexOf(quote); at !== -1; at = source.text.indexOf(quote, at + 1))
      if (!partsFigure(source.text, at, at + quote.length)) return slice(sourceText, source, at, quote.length)
    return null
  }
  return (quote) => {
    const found = find(asWritten, normaliseWithMap(quote).text)
    if (found !== null) return found
    withoutMarks ??= normaliseWithMap(sourceText, true)
    return find(withoutMarks, normaliseWithMap(quote, true).text)
  }
}
