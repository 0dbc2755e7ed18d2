import { digitsOf, isLuhn } from './check-digits.ts'
import { type Finder, finderOf } from './find.ts'

/** Issuers by how their numbers begin and how long they are. Visa's 13 digits are history, and look like bar codes. */
const issuers = [
  /^4\d{15}(?:\d{3})?$/, // Visa
  /^(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}$/, // Mastercard
  /^3[47]\d{13}$/, // American Express
  /^3(?:0[0-5]|[689]\d)\d{11}$/, // Diners Club
  /^(?:6011|64[4-9]\d|65\d{2}|62\d{2}|35(?:2[89]|[3-8]\d)|220[0-4])\d{12,15}$/, // Discover, UnionPay, JCB, Mir
  /^(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{12,15}$/, // Maestro
]

// Grouped as on a card. Groups of three are a large number of something, not a card's.
const grouped = String.raw`\d{4}([ -])(?:\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{6}\1\d{4,5})`
const pattern = new RegExp(String.raw`(?<![\w+]|\w[.-])(?:\d{14,19}|${grouped})(?!\w|[.-]\w)`, 'g')

/** Payment card numbers: an issuer's beginning and length, and the check digit. */
export const paymentCards: Finder = finderOf(pattern, (match) => {
  const digits = digitsOf(match)
  return issuers.some((issuer) => issuer.test(digits)) && isLuhn(digits)
})
