// The country calling codes that ITU-T E.164 assigns. They are prefix-free: no code is the beginning of another code.
const assignedCode =
  /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689]\d|3[578]\d|42\d|5[09]\d|6[789]\d|8[0578]\d|9[679]\d)/

/** The least and the most digits of a national number, by calling code. */
const nationalNumberLengths = new Map<string, readonly [number, number]>([
  ['1', [10, 10]],
  ['7', [10, 10]],
  ['30', [10, 10]],
  ['31', [9, 9]],
  ['32', [8, 9]],
  ['33', [9, 9]],
  ['34', [9, 9]],
  ['36', [8, 9]],
  ['39', [6, 11]],
  ['40', [9, 9]],
  ['41', [9, 9]],
  ['43', [7, 12]],
  ['44', [9, 10]],
  ['45', [8, 8]],
  ['46', [7, 10]],
  ['47', [8, 8]],
  ['48', [9, 9]],
  ['49', [7, 11]],
  ['351', [9, 9]],
  ['352', [6, 9]],
  ['353', [7, 9]],
  ['356', [8, 8]],
  ['357', [8, 8]],
  ['358', [6, 11]],
  ['359', [8, 9]],
  ['370', [8, 8]],
  ['371', [8, 8]],
  ['372', [7, 8]],
  ['380', [9, 9]],
  ['385', [8, 9]],
  ['386', [8, 8]],
  ['420', [9, 9]],
  ['421', [9, 9]],
])

// A zero after the code is part of the number in Italy only. Elsewhere it is the trunk prefix, written by mistake.
const withoutTrunkPrefix = (code: string, national: string): string =>
  code === '39' ? national : national.replace(/^0/, '')

// The lengths accepted for every other country. E.164 allows 15 digits, of which a calling code takes up to 3.
const otherNationalNumberLengths = [7, 12] as const

/**
 * Whether a text such as "+33 6 12 34 56 78" or "0033 (0)6 12 34 56 78" is a telephone number: an assigned calling code
 * without a space inside, and a national number of its country's length. A number that ends in six zeros is an amount.
 */
export const isInternationalNumber = (text: string): boolean => {
  const body = text.replace(/^\(?(?:\+|00)\s?/, '').replace(/\( ?0 ?\)/, ' ')
  const digits = body.replace(/\D/g, '')
  const code = assignedCode.exec(digits)?.[0]
  if (code === undefined || !/^\d+/.exec(body)?.[0].startsWith(code) || digits.endsWith('000000')) return false
  const national = withoutTrunkPrefix(code, digits.slice(code.length))
  const [least, most] = nationalNumberLengths.get(code) ?? otherNationalNumberLengths
  return national.length >= least && national.length <= most && (code === '39' || !national.startsWith('0'))
}
