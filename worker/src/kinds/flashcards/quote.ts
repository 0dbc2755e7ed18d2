import { codePoints } from '@recto/shared/text'
import type { Quote } from './card.ts'
import { isMostlyCjk } from './cjk.ts'
import { findOccurrence } from './find-occurrence.ts'
import { limits } from './limits.ts'
import type { MappedText } from './mapped-text.ts'
import { normaliseWithMap } from './normalise.ts'
import { isQuoteBoundary, withoutMarks } from './quote-boundary.ts'
import { hasAtLeastWords } from './segmentation.ts'

const isLongEnough = (quote: string): boolean =>
  codePoints(quote) >= (isMostlyCjk(quote) ? limits.quoteCjk : limits.quote) &&
  hasAtLeastWords(quote, limits.quoteWords)

/** Returns the characters of a slice that count: without invisible ones, marks of Markdown, more than one mark in a row. */
const countedCharacters = (slice: string): string =>
  withoutMarks(slice)
    .replace(/(\p{M})\p{M}+/gu, '$1')
    .replace(/\s+/g, ' ')

// A quote that occurs more often at places where no quote may begin or end is not found. Each try takes microseconds.
const maxTries = 100

// White space is no fault of a quote: a PDF has form feeds between its pages.
const controlCharacter = /(?![\t-\r\u0085])\p{Cc}/u

// With the full-width forms, which become these marks.
const markdownMark = /[*_`>#＊＿｀＞＃﹡﹟﹥]/

const letterOrDigit = /^[\p{L}\p{N}]|[\p{L}\p{N}]$/u
const markAtEnd = /\p{M}$/u

/**
 * Whether unit `at` of a normalised source begins within what one character of the source stands for: kg in ㎏. A slice
 * always has the whole character, so an ellipsis in parts or a letter without its marks is no loss.
 */
const splitsCharacter = ({ text, starts }: MappedText, at: number): boolean => {
  if (at === 0 || starts[at] !== starts[at - 1]) return false
  const pair = text.slice(at - 1, at + 1)
  return letterOrDigit.test(pair) && !markAtEnd.test(pair)
}

/** Returns the slice between two UTF-16 offsets; null when it is cut out of a word or number, or is too short. */
const proofAt = (sourceText: string, start: number, end: number): Quote | null => {
  const source_quote = sourceText.slice(start, end)
  if (!isQuoteBoundary(sourceText, start) || !isQuoteBoundary(sourceText, end)) return null
  if (controlCharacter.test(source_quote)) return null
  if (!isLongEnough(countedCharacters(source_quote))) return null
  const quote_start = codePoints(sourceText.slice(0, start))
  return { source_quote, quote_start, quote_end: quote_start + codePoints(source_quote) }
}

/**
 * Prepares a source once. The returned function finds a quote in the source, or returns null if the quote is absent,
 * too short, too long, one word, or cut out of a word or number. Only a normalised substring matches: a fuzzy match
 * would accept a changed digit or negation.
 */
export const createQuoteFinder = (sourceText: string): ((quote: string) => Quote | null) => {
  const asWritten = normaliseWithMap(sourceText)
  let withoutMarkdown: MappedText | undefined

  const find = (source: MappedText, quote: string): Quote | null => {
    if (!isLongEnough(quote)) return null
    let tries = 0
    let found: Quote | null = null
    findOccurrence(source.text, quote, (at) => {
      if (!splitsCharacter(source, at) && !splitsCharacter(source, at + quote.length))
        found = proofAt(sourceText, source.starts[at] ?? 0, source.ends[at + quote.length - 1] ?? 0)
      return found !== null || ++tries === maxTries
    })
    return found
  }
  return (quote) => {
    if (codePoints(quote) > limits.longestQuote) return null
    const found = find(asWritten, normaliseWithMap(quote).text)
    if (found !== null) return found
    withoutMarkdown ??= markdownMark.test(sourceText) ? normaliseWithMap(sourceText, true) : asWritten
    return find(withoutMarkdown, normaliseWithMap(quote, true).text)
  }
}
