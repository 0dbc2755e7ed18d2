import { isInternational } from './calling-code.ts'
import { type Finder, finder, withRepeats } from './find.ts'
import { isLookalike, isNamedOtherwise, isPartOfAnother } from './phone-lookalike.ts'

const isDigit = (text: string, at: number): boolean => text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57

/** The longest beginning of whole groups that is a number: what follows it may be a house number or a year. */
const longest = (isNumber: (candidate: string) => boolean) => (match: string, at: number, text: string) => {
  if (/\w/.test(text.charAt(at + match.length))) return 0
  for (let end = match.length; end > 0; end--)
    if (isDigit(match, end - 1) && !isDigit(match, end) && isNumber(match.slice(0, end))) return end
  return 0
}

const international = finder(
  /(?<![\w+])(?:\((?:\+|00)[1-9]\d{0,2}\)|(?:\+|(?<!\d[.,: ])00) ?[1-9])(?:[ .\-/()]{0,3}\d){6,17}/g,
  longest(isInternational),
)

const inPairs = finder(/(?<![\w.+]|\d-)0[1-9]([ .-])\d\d(?:\1\d\d){3}(?!\w|[.-]\d)/g, (match, at, text) =>
  isLookalike(match) || isNamedOtherwise(text, at) ? 0 : match.length,
)

// Ten or eleven digits after a zero, twelve of a German mobile; "0123456789" is what computers count with.
const unbroken = finder(/(?<![\w.+]|\d[,:-])0(?:[1-9]\d{8,9}|1[5-7]\d{9})(?!\w|[.:/-]\d)/g, (match, at, text) =>
  match === '0123456789' || isNamedOtherwise(text, at) ? 0 : match.length,
)

const countDigits = (text: string): number => {
  let count = 0
  for (let at = 0; at < text.length; at++) if (isDigit(text, at)) count++
  return count
}

const hasDigits = (text: string, least: number, most: number): boolean => {
  const count = countDigits(text)
  return count >= least && count <= most && !isLookalike(text)
}

const isTrunk = longest((candidate) => hasDigits(candidate, 9, 12))

/** A zero, an area, the rest in one to four groups: German, British, Dutch, Belgian, Swiss, Swedish, Romanian, … */
const withTrunkZero = finder(
  /(?<![\w.+]|\d[,-])(?:\(0[1-9]\d{0,4}\)|0[1-9]\d{0,4})(?: ?[/-] ?|[ .]|(?<=\)))\d{2,8}(?:(?: ?- ?|[ .])\d{2,8}){0,3}/g,
  (match, at, text) => (isNamedOtherwise(text, at) || isPartOfAnother(text, at) ? 0 : isTrunk(match, at, text)),
)

const american =
  /(?<![\w.+]|\d[-, ])(?:1[-. ])?(?:\([2-9]\d\d\) ?\d{3}[-. ]\d{4}|[2-9]\d\d([-.])\d{3}\1\d{4})(?!\w|[.,-]\d)/g

// Poland's landlines 22 123 45 67 and mobiles 601-234-567, Spain's 612 34 56 78, Russia's 8 (495) 123-45-67.
// "601 234 567" alone is a large number.
const withoutZero =
  /(?<![\w+]|\d[ .,-])(?:(?:\([1-9]\d\) ?|[1-9]\d[ -])\d{3}([ -])\d\d\1\d\d|[4-8]\d\d-\d{3}-\d{3}|(?:8 ?)?\(\d{3}\) ?\d{3}-\d\d-\d\d|[679]\d\d([ -])\d\d\2\d\d\2\d\d)(?!\w|[ .,/-]\d)/g

const word = String.raw`t[eé]l(?:[eé](?:f|ph)\p{L}{0,14})?|phone|mobile?|cell|gsm|fax|faks|handy|kom|komórk\p{L}{1,6}|m[oó]vil|cellulare|puh|puhelin|whatsapp|sms|hotline|infolini\p{L}|call|dial|dzwo[nń]\p{L}{0,4}|zadzwo[nń]\p{L}{0,4}|appele[rz]|[☎✆📞📱☏]`
const between = String.raw`[ .:()#*_\ufe0f\n-]|n[ro°º]|num(?:ber|er|mer|éro|ero)|me|us|at|on|is|jest|lautet|est|es|pod|unter|au`
const afterWord = new RegExp(
  String.raw`(?=[\d(])(?<![\d+])(?<=(?<!\p{sc=Latin})(?:${word})(?:${between}){0,6})\(?\d(?:[ .\-/()]{0,3}\d){6,14}`,
  'giu',
)

/** Telephone numbers; the forms that are sure first. Seven digits or more after a word such as "tel." are one in any form. */
export const phones: Finder[] = [
  international,
  inPairs,
  unbroken,
  withTrunkZero,
  finder(american),
  finder(withoutZero),
  withRepeats(
    finder(
      afterWord,
      longest((candidate) => hasDigits(candidate, 7, 13)),
    ),
  ),
]
