import { digitsOf, passesLuhn } from './check-digits.ts'
import { type Detector, patternDetector } from './detector.ts'

/**
 * Prefix and length of each card network's numbers. Visa's former 13 digits are left out: EAN-13 bar codes look the
 * same.
 */
const cardNetworks = [
  /^4\d{15}(?:\d{3})?$/, // Visa
  /^(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}$/, // Mastercard
  /^3[47]\d{13}$/, // American Express
  /^3(?:0[0-5]|[689]\d)\d{11}$/, // Diners Club
  /^(?:6011|64[4-9]\d|65\d{2}|62\d{2}|35(?:2[89]|[3-8]\d)|220[0-4])\d{12,15}$/, // Discover, UnionPay, JCB, Mir
  /^(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{12,15}$/, // Maestro
]

// Groups of four digits, or of 4, 6 and 4 to 5, as printed on cards. Groups of three digits form a large number, not a
// card.
const grouped = String.raw`\d{4}([ -])(?:\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{6}\1\d{4,5})`
const pattern = new RegExp(String.raw`(?<![\w+]|\w[.-])(?:\d{14,19}|${grouped})(?!\w|[.-]\w)`, 'g')

const isCard = (text: string): boolean => {
  const digits = digitsOf(text)
  return cardNetworks.some((network) => network.test(digits)) && passesLuhn(digits)
}

// After a number of 16 digits stands its security code or its month: "4111 1111 1111 1111 12/27".
const withoutLastGroup = (text: string): string => text.replace(/ \d{1,3}$/, '')

/** Detects payment card numbers (ISO/IEC 7812) by their network's prefix and length and by their check digit. */
export const paymentCardDetector: Detector = patternDetector(
  pattern,
  (match) => [match, withoutLastGroup(match)].find(isCard)?.length ?? 0,
)
