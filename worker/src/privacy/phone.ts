import { isInternationalNumber } from './calling-code.ts'
import { type Detector, patternDetector, withOtherOccurrences } from './detector.ts'
import { isAmountOrPostcode, isCatalogueNumber, isDateHoursOrList } from './phone-false-positives.ts'

const isDigit = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at)
  return unit >= 48 && unit <= 57
}

/**
 * Returns the length of the longest prefix of a match that ends with a whole group of digits and passes `isNumber`.
 * The groups after that prefix may be a house number or a year.
 */
const longestPrefix = (isNumber: (candidate: string) => boolean) => (match: string, start: number, text: string) => {
  if (/\w/.test(text.charAt(start + match.length))) return 0
  for (let end = match.length; end > 0; end--)
    if (isDigit(match, end - 1) && !isDigit(match, end) && isNumber(match.slice(0, end))) return end
  return 0
}

/**
 * Returns the length of the longest international number at the start of a match. A number that continues on the next
 * line reaches to the end of that line's digits, because otherwise the next line is another number.
 */
const internationalLength = (match: string, start: number, text: string): number => {
  const after = text.slice(start + match.length, start + match.length + 4)
  const isOneLine = !match.includes('\n')
  if (isOneLine && /^[^\W\d]/.test(after)) return 0
  const isWhole = !(isOneLine ? /^\d/ : /^(?:\w|[ .\-/()]{0,3}\d)/).test(after)
  const firstLine = match.split('\n', 1).join('')
  if (isWhole && isInternationalNumber(match)) return match.length
  for (let end = firstLine.length; end > 0; end--)
    if (isDigit(match, end - 1) && !isDigit(text, start + end) && isInternationalNumber(match.slice(0, end))) return end
  return 0
}

const internationalDetector = patternDetector(
  /(?<![\w+])(?:\((?:\+|00)[1-9]\d{0,2}\)|(?:\+|(?<!\d[.,: ])00)[ \t\n]?[1-9])(?:[ \t\n.\-/()]{0,3}\d){6,17}/g,
  internationalLength,
)

/** Detects five pairs of digits with a leading zero, as people in France write a number: "06 12 34 56 78". */
const fivePairsDetector = patternDetector(
  /(?<![\w.+]|\d-)0[1-9]([ .-])\d\d(?:\1\d\d){3}(?!\w|[.-]\d)/g,
  (match, start, text) => (isDateHoursOrList(match) || isCatalogueNumber(text, start) ? 0 : match.length),
)

/**
 * Detects 10 or 11 digits without separators, or the 12 of a German mobile number, that begin with a zero.
 * "0123456789" is not detected, because that text is a common list of the ten digits.
 */
const unseparatedDetector = patternDetector(
  /(?<![\w.+]|\d[,:-])0(?:[1-9]\d{8,9}|1[5-7]\d{9})(?!\w|[.:/-]\d)/g,
  (match, start, text) => (match === '0123456789' || isCatalogueNumber(text, start) ? 0 : match.length),
)

// The same, and Belgian numbers, with dots and one gap anywhere: four of the groups look like an IP address.
const pair = String.raw`[\t\n]?\.[\t\n]?\d[\t\n]?\d`
const dottedPairs = new RegExp(
  String.raw`(?<![\w.+]|\d-)0[\t\n]?[1-9](?:(?:${pair}){4}|(?:[\t\n]?\d){2}(?:${pair}){3})(?!\w|[.-]\d)`,
  'g',
)
const dottedPairsDetector = patternDetector(dottedPairs, (match) =>
  match.split(/[\t\n]/).length === 2 ? match.length : 0,
)

/** Detects the telephone numbers of which a part looks like an IP address: "0033 6.12.34.56.78". */
export const reliablePhoneDetectors: Detector[] = [internationalDetector, dottedPairsDetector]

const countDigits = (text: string): number => {
  let count = 0
  for (let at = 0; at < text.length; at++) if (isDigit(text, at)) count++
  return count
}

const isNumberOfDigits = (text: string, least: number, most: number): boolean => {
  const count = countDigits(text)
  return count >= least && count <= most && !isDateHoursOrList(text)
}

const lengthWithTrunkPrefix = longestPrefix((candidate) => isNumberOfDigits(candidate, 9, 12))

/**
 * Detects the trunk prefix 0 with an area code, and one to four groups of digits after them: numbers of Germany, the
 * United Kingdom, the Netherlands, Belgium, Switzerland, Sweden, Romania and other countries.
 */
const trunkPrefixDetector = patternDetector(
  /(?<![\w.+]|\d[,-])(?:\(0[1-9]\d{0,4}\)|0[1-9]\d{0,4})(?: ?[/-] ?|[ .]|(?<=\)))\d{2,8}(?:(?: ?- ?|[ .])\d{2,8}){0,3}/g,
  (match, start, text) => {
    const length = lengthWithTrunkPrefix(match, start, text)
    return length === 0 || isCatalogueNumber(text, start) || isAmountOrPostcode(text, start) ? 0 : length
  },
)

/** Numbers of the North American Numbering Plan: "(415) 555-0132", "415-555-0132". */
const northAmerican =
  /(?<![\w.+]|\d[-, ])(?:1[-. ])?(?:\([2-9]\d\d\) ?\d{3}[-. ]\d{4}|[2-9]\d\d([-.])\d{3}\1\d{4})(?!\w|[.,-]\d)/g

/**
 * Numbers without a trunk prefix 0: Poland's landlines 22 123 45 67 and mobiles 601-234-567, Spain's 612 34 56 78, and
 * Russia's 8 (495) 123-45-67. "601 234 567" is left out, because it is also a large number.
 */
const withoutTrunkPrefix =
  /(?<![\w+]|\d[ .,-])(?:(?:\([1-9]\d\) ?|[1-9]\d[ -])\d{3}([ -])\d\d\1\d\d|[4-8]\d\d-\d{3}-\d{3}|(?:8 ?)?\(\d{3}\) ?\d{3}-\d\d-\d\d|[679]\d\d([ -])\d\d\2\d\d\2\d\d)(?!\w|[ .,/-]\d)/g

const keyword = String.raw`t[eé]l(?:[eé](?:f|ph)\p{L}{0,14})?|phone|mobile?|cell|gsm|fax|faks|handy|kom|komórk\p{L}{1,6}|m[oó]vil|cellulare|puh|puhelin|whatsapp|sms|hotline|infolini\p{L}|call|dial|dzwo[nń]\p{L}{0,4}|zadzwo[nń]\p{L}{0,4}|appele[rz]|[☎✆📞📱☏]`
const betweenKeywordAndNumber = String.raw`[\s.:()#*_\ufe0f-]|n[ro°º]|num(?:ber|er|mer|éro|ero)|me|us|at|on|is|jest|lautet|est|es|pod|unter|au`
const afterKeyword = new RegExp(
  String.raw`(?=[\d(])(?<![\d+])(?<=(?<!\p{sc=Latin})(?:${keyword})(?:${betweenKeywordAndNumber}){0,6})\(?\d(?:[ .\-/()]{0,3}\d){6,14}`,
  'giu',
)

/**
 * Detects all other telephone numbers, the most reliable forms first. After a keyword such as "tel.", 7 to 13 digits in
 * any form are a telephone number.
 */
export const phoneDetectors: Detector[] = [
  fivePairsDetector,
  unseparatedDetector,
  trunkPrefixDetector,
  patternDetector(northAmerican),
  patternDetector(withoutTrunkPrefix),
  withOtherOccurrences(
    patternDetector(
      afterKeyword,
      longestPrefix((candidate) => isNumberOfDigits(candidate, 7, 13)),
    ),
  ),
]
