import { isAscii } from '../../characters/ascii.ts'

// The zeros of the scripts whose digits NFKC does not change. The digits 1 to 9 follow each zero.
const scriptZeros = [...'٠۰߀०০੦૦୦௦౦೦൦๐໐༠၀០᠐'].map((zero) => zero.codePointAt(0) ?? 0)

const asciiDigit = (digit: string): string => {
  const code = digit.codePointAt(0) ?? 0
  const zero = scriptZeros.find((zero) => code >= zero && code <= zero + 9)
  return zero === undefined ? digit : String(code - zero)
}

// Superscript, subscript and fraction digits are separate numbers: 10²³ is not 1023.
const withAsciiDigits = (text: string): string =>
  isAscii(text)
    ? text
    : text
        .replace(/[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u215e]+/gu, '^$&^')
        .normalize('NFKC')
        .replace(/(?![0-9])\p{Nd}/gu, asciiDigit)

const writtenNumber = /(?<!\d)[1-9]\d{0,2}(?: \d{3})+(?!\d)|\d+(?:[.,'’٫٬]\d+)*/gu
const thousands = /^[1-9]\d{0,2}(?:([ .,'’٬])\d{3})(?:\1\d{3})*(?:(?!\1)[.,٫](?<fraction>\d+))?$/u
const decimal = /^(?<whole>\d+)[.,٫](?<fraction>\d+)$/u

const withoutLeadingZeros = (digits: string): string => digits.replace(/^0+(?=\d)/, '')

/** A number of a text: its value (1,234.5 is 1234.5; null where the separators are ambiguous) and its digit groups. */
type WrittenNumber = { value: string | null; groups: string[]; spaced: boolean }

const readValue = (written: string): string | null => {
  if (/^\d+$/.test(written)) return withoutLeadingZeros(written)
  const grouped = thousands.exec(written)
  if (grouped !== null) {
    const fraction = grouped.groups?.fraction
    const whole = fraction === undefined ? written : written.slice(0, -fraction.length - 1)
    return whole.replace(/\D/g, '') + (fraction === undefined ? '' : `.${fraction}`)
  }
  const parts = decimal.exec(written)?.groups
  return parts === undefined ? null : `${withoutLeadingZeros(parts.whole ?? '')}.${parts.fraction ?? ''}`
}

const writtenNumbersOf = (text: string): WrittenNumber[] =>
  [...withAsciiDigits(text).matchAll(writtenNumber)].map(([written]) => ({
    value: readValue(written),
    groups: written.split(/\D/).map(withoutLeadingZeros),
    spaced: written.includes(' '),
  }))

/** Returns the value and each group of digits of every number in a text: all forms in which a card may repeat one. */
export const numbersIn = (text: string): Set<string> =>
  new Set(writtenNumbersOf(text).flatMap(({ value, groups }) => (value === null ? groups : [value, ...groups])))

/**
 * Whether `known` contains every number of a text. Digits of all scripts are equal, and so are 1,234 and 1.234 and
 * 1234, or 3,5 and 3.5. Of a date, a version or a sequence, which has no single value, `known` must contain each group.
 */
export const hasOnlyKnownNumbers = (text: string, known: ReadonlySet<string>): boolean =>
  writtenNumbersOf(text).every(({ value, groups, spaced }) => {
    if (value !== null && known.has(value)) return true
    return (value === null || spaced) && groups.every((group) => known.has(group))
  })
