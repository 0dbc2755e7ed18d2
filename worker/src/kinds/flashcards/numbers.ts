// The zeros of decimal scripts that NFKC leaves alone; their digits follow in order.
const zeros = [...'٠۰߀०০੦૦୦௦౦೦൦๐໐༠၀០᠐'].map((zero) => zero.codePointAt(0) ?? 0)

const asciiDigit = (digit: string): string => {
  const code = digit.codePointAt(0) ?? 0
  const zero = zeros.find((zero) => code >= zero && code <= zero + 9)
  return zero === undefined ? digit : String(code - zero)
}

// A raised, lowered or fraction digit is a figure of its own: 10²³ is not 1023.
const toAscii = (text: string): string =>
  text
    .replace(/[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u215e]+/gu, '^$&^')
    .normalize('NFKC')
    .replace(/(?![0-9])\p{Nd}/gu, asciiDigit)

const writtenNumber = /(?<!\d)[1-9]\d{0,2}(?: \d{3})+(?!\d)|\d+(?:[.,'’٫٬]\d+)*/gu
const thousands = /^[1-9]\d{0,2}(?:([ .,'’٬])\d{3})(?:\1\d{3})*(?:(?!\1)[.,٫](?<fraction>\d+))?$/u
const decimal = /^(?<whole>\d+)[.,٫](?<fraction>\d+)$/u

const bare = (digits: string): string => digits.replace(/^0+(?=\d)/, '')

/** One figure of a text: its value where separators say it (1,234.5 -> 1234.5), and the groups it is written in. */
type WrittenNumber = { value: string | null; groups: string[]; spaced: boolean }

const readValue = (written: string): string | null => {
  if (/^\d+$/.test(written)) return bare(written)
  const grouped = thousands.exec(written)
  if (grouped !== null) {
    const fraction = grouped.groups?.fraction
    const whole = fraction === undefined ? written : written.slice(0, -fraction.length - 1)
    return whole.replace(/\D/g, '') + (fraction === undefined ? '' : `.${fraction}`)
  }
  const parts = decimal.exec(written)?.groups
  return parts === undefined ? null : `${bare(parts.whole ?? '')}.${parts.fraction ?? ''}`
}

const writtenNumbersOf = (text: string): WrittenNumber[] =>
  [...toAscii(text).matchAll(writtenNumber)].map(([written]) => ({
    value: readValue(written),
    groups: written.split(/\D/).map(bare),
    spaced: written.includes(' '),
  }))

/** Everything by which a figure of the text may be named: its value and each of its groups. */
export const numbersIn = (text: string): Set<string> =>
  new Set(writtenNumbersOf(text).flatMap(({ value, groups }) => (value === null ? groups : [value, ...groups])))

/**
 * Whether each figure of `text` is known. Digits of any script are equal, as are 1,234 and 1.234 and 1234, 3,5 and 3.5;
 * what has no one value (a date, a version, numbers beside each other) is known when each of its groups is.
 */
export const hasOnlyNumbers = (text: string, known: ReadonlySet<string>): boolean =>
  writtenNumbersOf(text).every(({ value, groups, spaced }) => {
    if (value !== null && known.has(value)) return true
    return (value === null || spaced) && groups.every((group) => known.has(group))
  })
