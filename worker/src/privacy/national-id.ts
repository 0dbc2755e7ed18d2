import { digitsOf, isDay, isLuhn, isMod11of10, mod97, weighted } from './check-digits.ts'
import { type Finder, finderOf, withRepeats } from './find.ts'

const part = (digits: string, from: number, to: number): number => Number(digits.slice(from, to))
const last = (digits: string): number => Number(digits.slice(-1))

/** Poland: birth date with the century in its month, people born from 1900 to 2099. */
const isPesel = (digits: string): boolean =>
  part(digits, 2, 4) < 33 &&
  isDay(part(digits, 2, 4) % 20, part(digits, 4, 6)) &&
  weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0

/** Belgium: birth date, two check digits; for people born from 2000 on they count a 2 before the number. */
const isBelgian = (digits: string): boolean => {
  const body = digits.slice(0, 9)
  const check = part(digits, 9, 11)
  return (
    isDay(part(digits, 2, 4), part(digits, 4, 6)) && (97 - mod97(body) === check || 97 - mod97(`2${body}`) === check)
  )
}

/** Norway: birth date (a D-number adds 40 to the day), two check digits. */
const isNorwegian = (digits: string): boolean =>
  isDay(part(digits, 2, 4), part(digits, 0, 2) % 40) &&
  weighted(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
  weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0

/** Germany's tax id: of its first ten digits exactly one stands there twice or three times. */
const isSteuerId = (digits: string): boolean => {
  const times = new Map<string, number>()
  for (const digit of digits.slice(0, 10)) times.set(digit, (times.get(digit) ?? 0) + 1)
  const repeated = times
    .values()
    .filter((count) => count > 1)
    .toArray()
  return !digits.startsWith('0') && repeated.length === 1 && (repeated[0] ?? 0) <= 3 && isMod11of10(digits)
}

/** Germany's pension insurance: birth date, the letter of a name, which counts as two digits. */
const isSozialversicherung = (text: string): boolean => {
  const code = text.replaceAll(' ', '')
  const letter = String(code.charCodeAt(8) - 64).padStart(2, '0')
  const digits = code.slice(0, 8) + letter + code.slice(9)
  const weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]
  const sum = weights.reduce((rest, weight, index) => {
    const product = weight * part(digits, index, index + 1)
    return rest + Math.floor(product / 10) + (product % 10)
  }, 0)
  return isDay(part(digits, 4, 6), part(digits, 2, 4)) && sum % 10 === last(digits)
}

/** France: the key is 97 less the rest by 97; Corsica's departments 2A and 2B count as 19 and 18. */
const isNir = (text: string): boolean => {
  const digits = text.replaceAll(' ', '').replace('2A', '19').replace('2B', '18')
  return 97 - mod97(digits.slice(0, 13)) === part(digits, 13, 15)
}

/** Spain: a letter by the rest by 23; a foreigner's X, Y, Z count as 0, 1, 2. */
const isSpanish = (text: string): boolean => {
  const digits = digitsOf(text.replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter))))
  return 'TRWAGMYFPDXBNJZSQVHLCKE'.charAt(Number(digits) % 23) === text.slice(-1)
}

// Values of the characters in odd places, 0-9 the same as A-J; those in even places count as what they are.
const oddValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]

/** Italy: sixteen characters, the last of which checks the others. */
const isCodiceFiscale = (text: string): boolean => {
  const code = text.toUpperCase()
  const values = Array.from(code, (character) => Number.parseInt(character, 36)).map((n) => (n > 9 ? n - 10 : n))
  const sum = values.slice(0, 15).reduce((rest, n, index) => rest + (index % 2 === 0 ? (oddValues[n] ?? 0) : n), 0)
  return sum % 26 === values[15]
}

/** Sweden: birth date (a co-ordination number adds 60 to the day) and Luhn, without the century. */
const isSwedish = (text: string): boolean => {
  const digits = digitsOf(text).slice(-10)
  return isDay(part(digits, 2, 4), part(digits, 4, 6) % 60) && isLuhn(digits)
}

const isFinnish = (text: string): boolean => {
  const digits = text.slice(0, 6) + text.slice(7, 10)
  const check = '0123456789ABCDEFHJKLMNPRSTUVWXY'.charAt(Number(digits) % 31)
  return isDay(part(digits, 2, 4), part(digits, 0, 2)) && check === text.slice(-1)
}

/** Czechia and Slovakia: a woman's month has 50 more, a full series 20 more. */
const isRodneCislo = (text: string): boolean => {
  const digits = digitsOf(text)
  const month = part(digits, 2, 4) % 50
  return isDay(month > 20 ? month - 20 : month, part(digits, 4, 6)) && Number(digits) % 11 === 0
}

const isRomanian = (digits: string): boolean =>
  isDay(part(digits, 3, 5), part(digits, 5, 7)) &&
  (weighted(digits, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11) % 10 === last(digits)

/** Poland's tax number: ten digits that only their name tells from others. */
const isNip = (text: string): boolean =>
  weighted(digitsOf(text), [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === last(digitsOf(text))

const isBsn = (text: string): boolean =>
  (weighted(digitsOf(text), [9, 8, 7, 6, 5, 4, 3, 2]) - last(digitsOf(text))) % 11 === 0

const isPortuguese = (text: string): boolean =>
  ((11 - (weighted(digitsOf(text), [9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11) % 10 === last(digitsOf(text))

const alone = (pattern: string): RegExp => new RegExp(String.raw`(?<![\w+]|\d[./-])(?:${pattern})(?!\w|[./-]\d)`, 'g')
const after = (words: string, pattern: string): RegExp =>
  new RegExp(
    String.raw`(?=\d)(?<=(?<!\p{sc=Latin})(?:${words})[^\d\p{L}]{0,4}(?:PL)?)(?:${pattern})(?!\w|[.-]\d)`,
    'giu',
  )

const nir = String.raw`[1-478] ?\d\d ?(?:0[1-9]|1[0-2]|[2-4]\d|[5-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d`
const sozialversicherung = String.raw`\d{2} ?[0-3]\d[01]\d{3} ?[A-Z] ?\d{3}`
const spanish = String.raw`\d{8}-?[A-Z]|\d{1,2}\.\d{3}\.\d{3}-?[A-Z]|[XYZ]-?\d{7}-?[A-Z]`
// An Italian digit may be a letter, L for 0 to V for 9, where two people would have the same code.
const codiceFiscale = String.raw`[A-Z]{6}[\dL-NP-V]{2}[A-EHLMPRST][\dL-NP-V]{2}[A-Z][\dL-NP-V]{3}[A-Z]`

const isOfElevenDigits = (digits: string): boolean =>
  isPesel(digits) || isBelgian(digits) || isNorwegian(digits) || isSteuerId(digits)

/** Personal numbers whose check digit holds, together with a birth date, a pattern of letters, or their name before them. */
export const nationalIds: Finder[] = [
  finderOf(alone(nir), isNir),
  finderOf(alone(String.raw`\d{11}`), isOfElevenDigits),
  finderOf(alone(String.raw`\d\d\.\d\d\.\d\d[- ]\d{3}[.-]\d\d`), (match) => isBelgian(digitsOf(match))),
  finderOf(alone(String.raw`\d{6} \d{5}`), (match) => isNorwegian(digitsOf(match))),
  finderOf(alone(String.raw`\d\d \d{3} \d{3} \d{3}`), (match) => isSteuerId(digitsOf(match))),
  finderOf(alone(sozialversicherung), isSozialversicherung),
  finderOf(alone(spanish), isSpanish),
  finderOf(new RegExp(alone(codiceFiscale), 'gi'), isCodiceFiscale),
  finderOf(alone(String.raw`(?:19|20)?\d{6}[-+]\d{4}`), isSwedish),
  finderOf(alone(String.raw`\d{6}[-+A-FU-Y]\d{3}[\dA-FHJ-NPR-Y]`), isFinnish),
  finderOf(alone(String.raw`\d{6}/\d{4}`), isRodneCislo),
  finderOf(alone(String.raw`[1-8]\d{12}`), isRomanian),
  withRepeats(finderOf(after('NIP', String.raw`\d{10}|\d{3}-\d{3}-\d\d-\d\d|\d{3}-\d\d-\d\d-\d{3}`), isNip)),
  withRepeats(finderOf(after('BSN|burgerservicenummer|sofinummer', String.raw`\d{9}|\d{4}\.\d\d\.\d{3}`), isBsn)),
  withRepeats(finderOf(after('NIF|contribuinte', String.raw`\d{9}|\d{3} \d{3} \d{3}`), isPortuguese)),
]
