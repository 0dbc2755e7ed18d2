const day = String.raw`\d{1,2}`
const year = String.raw`(?:19|20)\d\d(?!\d)`
const hour = String.raw`(?:[01]\d|2[0-3])`
const quarter = '(?:00|15|30|45)'

/** The forms in which dates and opening hours look like a telephone number with a leading zero. */
const datesAndHours = [
  String.raw`${day}([-/. ])${day}\1${year}`, // 01-02-2026
  `${day}[-/.]${year}`, // 02/2026
  String.raw`\d\d([./-])\d\d\2\d\d(?: |(?!\2)-)`, // 06.12.24-07.12.24
  String.raw`${hour}\.[0-5]\d ?[- ] ?${hour}\.[0-5]\d(?!\d)`, // 09.00 10.30
  String.raw`${hour}${quarter} ?- ?${hour}${quarter}(?!\d)`, // 0800-1700
]
const startsWithDateOrHours = new RegExp(String.raw`^\(?(?:${datesAndHours.join('|')})`)

/** Returns the number that two ASCII digits are. */
const pairAt = (text: string, at: number): number => 10 * text.charCodeAt(at) + text.charCodeAt(at + 1) - 11 * 48

const pairsOfDigits = /^\d\d(?:[ .-]\d\d){2,}$/

/**
 * Whether a text is a list such as "02 04 06 08 10": each pair of digits differs from the pair before it by the same
 * step of at most 10. "01 23 45 67 89" has a step of 22 and is a common example of a telephone number.
 */
const isListOfPairs = (text: string): boolean => {
  if (!pairsOfDigits.test(text)) return false
  const step = pairAt(text, 3) - pairAt(text, 0)
  if (Math.abs(step) > 10) return false
  for (let at = 6; at < text.length; at += 3) if (pairAt(text, at) - pairAt(text, at - 3) !== step) return false
  return true
}

/** Whether a text in the form of a telephone number is a date, opening hours or a list of numbers. */
export const isDateHoursOrList = (text: string): boolean => startsWithDateOrHours.test(text) || isListOfPairs(text)

const catalogueKeywordBefore = /(?:isbn|issn|ean|doi|pmid|gtin|oclc)\n?[^\p{L}\n]{0,40}$/iu

/**
 * Whether a word such as "ISBN" before the number at `start` says that the number identifies a book, paper or product.
 */
export const isCatalogueNumber = (text: string, start: number): boolean =>
  catalogueKeywordBefore.test(text.slice(Math.max(0, start - 44), start))

const stateAndPostcode = /^[A-Z]{2}\s{1,2}0\d{4}-\d{4}(?!\d)/
const surroundings = (text: string, start: number, unitsBefore: number): string =>
  text.slice(Math.max(0, start - unitsBefore), start + 12)

/**
 * Whether the number at `start` is the end of a larger number ("045 311 447" in "8 045 311 447") or a United States
 * postcode after its state ("MA 02110-1301").
 */
export const isAmountOrPostcode = (text: string, start: number): boolean =>
  /^\d 0\d\d \d{3}(?!\d)/.test(surroundings(text, start, 2)) ||
  stateAndPostcode.test(surroundings(text, start, 3)) ||
  stateAndPostcode.test(surroundings(text, start, 4))
