import { codePoints } from '@recto/shared/text'
import { isAscii } from '../characters/ascii.ts'
import { isMostlyCjk } from '../characters/cjk.ts'
import type { MappedText } from '../characters/mapped-text.ts'
import { normalise, normaliseWithMap } from '../characters/normalise.ts'
import { hasPoints, pointsByUnit, pointsOf } from '../characters/points.ts'
import { hasAtLeastWords } from '../characters/segmentation.ts'
import type { Quote } from './card.ts'
import { findOccurrence } from './find-occurrence.ts'
import { limits } from './limits.ts'
import { isQuoteBoundary } from './quote-boundary.ts'
import { readSource } from './reading/reading.ts'

const isLongEnough = (quote: string): boolean =>
  codePoints(quote) >= (isMostlyCjk(quote) ? limits.quoteCjk : limits.quote) &&
  hasAtLeastWords(quote, limits.quoteWords)

/** Returns the characters that count for the length: no invisible ones, and no more than one mark or space in a row. */
const countedCharacters = (text: string): string =>
  (isAscii(text)
    ? text
    : text.replace(/\p{Default_Ignorable_Code_Point}+/gu, '').replace(/(\p{M})\p{M}+/gu, '$1')
  ).replace(/\s+/g, ' ')

// A quote that occurs more often at places where no quote may begin or end is not found. Each try takes microseconds.
const maxTries = 100

// White space is no fault of a quote: a PDF has form feeds between its pages.
const controlCharacter = /(?![\t-\r\u0085])\p{Cc}/u

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

/** Returns the first place in ascending numbers where a number is at least `least`. */
const firstAtLeast = (numbers: Uint32Array, least: number): number => {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) < least) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Prepares a source once. The returned function finds a quote in the source, or returns null if the quote is absent,
 * too short, too long, one word, or cut out of a word or number. Only a normalised substring matches, of the source as
 * it is written or as a reader sees it: a fuzzy match would accept a changed digit or negation.
 */
export const createQuoteFinder = (sourceText: string): ((quote: string) => Quote | null) => {
  const { reading, readQuote } = readSource(sourceText)
  const asWritten = normaliseWithMap(sourceText)
  let asRead: MappedText | undefined
  let points: string[] | undefined

  /** Returns the slice between two UTF-16 offsets; null when it is cut out of a word or number, or is too short. */
  const proofAt = (start: number, end: number): Quote | null => {
    const source_quote = sourceText.slice(start, end)
    const [from, to] = [firstAtLeast(reading.offsets, start), firstAtLeast(reading.offsets, end)]
    if (!isQuoteBoundary(reading.text, from) || !isQuoteBoundary(reading.text, to)) return null
    if (controlCharacter.test(source_quote)) return null
    if (!isLongEnough(countedCharacters(reading.text.slice(from, to)))) return null
    const quote_start = codePoints(sourceText.slice(0, start))
    return { source_quote, quote_start, quote_end: quote_start + codePoints(source_quote) }
  }

  /** Calls `prove` for the places where a source has a normalised quote, until one is a proof. */
  const find = (source: MappedText, quote: string, prove: (start: number, end: number, at: number) => Quote | null) => {
    if (quote.length > source.text.length || !isLongEnough(quote)) return null
    let tries = 0
    let found: Quote | null = null
    findOccurrence(source.text, quote, (at) => {
      if (!splitsCharacter(source, at) && !splitsCharacter(source, at + quote.length))
        found = prove(source.starts[at] ?? 0, source.ends[at + quote.length - 1] ?? 0, at)
      return found !== null || ++tries === maxTries
    })
    return found
  }

  const findAsRead = (quote: string): Quote | null => {
    asRead ??= normaliseWithMap(reading.text, true)
    const mapped = normaliseWithMap(quote, true)
    const needed = pointsOf(quote) === '' ? [] : pointsByUnit(quote, mapped)
    if (needed.length > 0) points ??= pointsByUnit(reading.text, asRead)
    return find(asRead, mapped.text, (start, end, at) => {
      if (points !== undefined && !hasPoints(points, at, needed)) return null
      return proofAt(reading.offsets[start] ?? 0, (reading.offsets[end - 1] ?? 0) + 1)
    })
  }
  return (quote) => {
    if (codePoints(quote) > limits.longestQuote) return null
    const text = normalise(quote)
    // Some characters become eighteen, which no quote consists of.
    if (text.length > 2 * limits.longestQuote) return null
    return find(asWritten, text, proofAt) ?? findAsRead(readQuote(quote))
  }
}
