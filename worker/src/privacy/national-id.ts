import { digitsOf, isMonthAndDay, mod97, passesLuhn, passesMod11And10, weightedSum } from './check-digits.ts'
import { checkedPatternDetector, type Detector, withOtherOccurrences } from './detector.ts'

const numberAt = (digits: string, from: number, to: number): number => Number(digits.slice(from, to))
const lastDigit = (digits: string): number => Number(digits.slice(-1))

/**
 * Checks a Polish PESEL: birth date (the month holds the century) and check digit, for people born from 1900 to 2099.
 */
const isPesel = (digits: string): boolean =>
  numberAt(digits, 2, 4) < 33 &&
  isMonthAndDay(numberAt(digits, 2, 4) % 20, numberAt(digits, 4, 6)) &&
  weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0

/**
 * Checks a Belgian national register number: birth date and two check digits. For people born from 2000 on, the check
 * digits are computed with a 2 before the number.
 */
const isRijksregisternummer = (digits: string): boolean => {
  const body = digits.slice(0, 9)
  const check = numberAt(digits, 9, 11)
  return (
    isMonthAndDay(numberAt(digits, 2, 4), numberAt(digits, 4, 6)) &&
    (97 - mod97(body) === check || 97 - mod97(`2${body}`) === check)
  )
}

/** Checks a Norwegian fødselsnummer: birth date (a D-number adds 40 to the day) and two check digits. */
const isFodselsnummer = (digits: string): boolean =>
  isMonthAndDay(numberAt(digits, 2, 4), numberAt(digits, 0, 2) % 40) &&
  weightedSum(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
  weightedSum(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0

/** Checks a German tax identification number: exactly one of the first ten digits occurs twice or three times. */
const isSteuerId = (digits: string): boolean => {
  const occurrences = new Map<string, number>()
  for (const digit of digits.slice(0, 10)) occurrences.set(digit, (occurrences.get(digit) ?? 0) + 1)
  const repeated = occurrences
    .values()
    .filter((count) => count > 1)
    .toArray()
  return !digits.startsWith('0') && repeated.length === 1 && (repeated[0] ?? 0) <= 3 && passesMod11And10(digits)
}

/**
 * Checks a German pension insurance number: birth date, check digit, and a name's initial, which counts as two digits.
 */
const isVersicherungsnummer = (text: string): boolean => {
  const code = text.replaceAll(' ', '')
  const letter = String(code.charCodeAt(8) - 64).padStart(2, '0')
  const digits = code.slice(0, 8) + letter + code.slice(9)
  const weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]
  const sum = weights.reduce((total, weight, index) => {
    const product = weight * numberAt(digits, index, index + 1)
    return total + Math.floor(product / 10) + (product % 10)
  }, 0)
  return isMonthAndDay(numberAt(digits, 4, 6), numberAt(digits, 2, 4)) && sum % 10 === lastDigit(digits)
}

/**
 * Checks a French NIR: the key is 97 minus the number modulo 97. Corsica's departments 2A and 2B count as 19 and 18.
 */
const isNir = (text: string): boolean => {
  const digits = text.replaceAll(' ', '').replace('2A', '19').replace('2B', '18')
  return 97 - mod97(digits.slice(0, 13)) === numberAt(digits, 13, 15)
}

/**
 * Checks a Spanish DNI or NIE: the number modulo 23 determines the last letter. X, Y and Z of a NIE count as 0, 1, 2.
 */
const isDniOrNie = (text: string): boolean => {
  const digits = digitsOf(text.replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter))))
  return 'TRWAGMYFPDXBNJZSQVHLCKE'.charAt(Number(digits) % 23) === text.slice(-1)
}

// The values of the characters at odd positions, where 0 to 9 equal A to J. At even positions A is 0, B is 1, and so
// on.
const oddValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]

/** Checks an Italian codice fiscale: the last of 16 characters is the check letter. */
const isCodiceFiscale = (text: string): boolean => {
  const code = text.toUpperCase()
  const values = Array.from(code, (character) => Number.parseInt(character, 36)).map((n) => (n > 9 ? n - 10 : n))
  const sum = values.slice(0, 15).reduce((total, n, index) => total + (index % 2 === 0 ? (oddValues[n] ?? 0) : n), 0)
  return sum % 26 === values[15]
}

/**
 * Checks a Swedish personnummer without its century: birth date (a co-ordination number adds 60 to the day) and Luhn.
 */
const isPersonnummer = (text: string): boolean => {
  const digits = digitsOf(text).slice(-10)
  return isMonthAndDay(numberAt(digits, 2, 4), numberAt(digits, 4, 6) % 60) && passesLuhn(digits)
}

/** Checks a Finnish henkilötunnus: birth date, and the digits modulo 31 determine the last character. */
const isHenkilotunnus = (text: string): boolean => {
  const digits = text.slice(0, 6) + text.slice(7, 10)
  const check = '0123456789ABCDEFHJKLMNPRSTUVWXY'.charAt(Number(digits) % 31)
  return isMonthAndDay(numberAt(digits, 2, 4), numberAt(digits, 0, 2)) && check === text.slice(-1)
}

/**
 * Checks a Czech or Slovak rodné číslo: birth date and divisibility by 11. The month of a woman adds 50; a month adds
 * another 20 on days when the numbers run out.
 */
const isRodneCislo = (text: string): boolean => {
  const digits = digitsOf(text)
  const month = numberAt(digits, 2, 4) % 50
  return isMonthAndDay(month > 20 ? month - 20 : month, numberAt(digits, 4, 6)) && Number(digits) % 11 === 0
}

/** Checks a Romanian CNP: birth date and check digit. */
const isCnp = (digits: string): boolean =>
  isMonthAndDay(numberAt(digits, 3, 5), numberAt(digits, 5, 7)) &&
  (weightedSum(digits, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11) % 10 === lastDigit(digits)

/** Checks a Polish tax number (NIP) by its check digit alone, so a match needs the keyword before the number. */
const isNip = (text: string): boolean =>
  weightedSum(digitsOf(text), [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === lastDigit(digitsOf(text))

/** Checks a Dutch citizen number (BSN) by its check digit alone, so a match needs the keyword before the number. */
const isBsn = (text: string): boolean =>
  (weightedSum(digitsOf(text), [9, 8, 7, 6, 5, 4, 3, 2]) - lastDigit(digitsOf(text))) % 11 === 0

/** Checks a Portuguese tax number (NIF) by its check digit alone, so a match needs the keyword before the number. */
const isNif = (text: string): boolean =>
  ((11 - (weightedSum(digitsOf(text), [9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11) % 10 === lastDigit(digitsOf(text))

/** A pattern that is not part of a longer number, word, date or path. */
const standalone = (pattern: string): RegExp =>
  new RegExp(String.raw`(?<![\w+]|\d[./-])(?:${pattern})(?!\w|[./-]\d)`, 'g')
/**
 * A pattern after one of the keywords. At most four other characters and the country prefix PL may stand between them.
 */
const afterKeyword = (keywords: string, pattern: string): RegExp =>
  new RegExp(
    String.raw`(?=\d)(?<=(?<!\p{sc=Latin})(?:${keywords})[^\d\p{L}]{0,4}(?:PL)?)(?:${pattern})(?!\w|[.-]\d)`,
    'giu',
  )

const nir = String.raw`[1-478] ?\d\d ?(?:0[1-9]|1[0-2]|[2-4]\d|[5-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d`
const versicherungsnummer = String.raw`\d{2} ?[0-3]\d[01]\d{3} ?[A-Z] ?\d{3}`
const dniOrNie = String.raw`\d{8}-?[A-Z]|\d{1,2}\.\d{3}\.\d{3}-?[A-Z]|[XYZ]-?\d{7}-?[A-Z]`
// A letter from L (0) to V (9) replaces a digit where two people would otherwise have the same code.
const codiceFiscale = String.raw`[A-Z]{6}[\dL-NP-V]{2}[A-EHLMPRST][\dL-NP-V]{2}[A-Z][\dL-NP-V]{3}[A-Z]`

const isElevenDigitId = (digits: string): boolean =>
  isPesel(digits) || isRijksregisternummer(digits) || isFodselsnummer(digits) || isSteuerId(digits)

/**
 * Detects personal numbers of European countries. A valid check digit is not enough: the number must also contain a
 * birth date, have a distinctive structure, or follow a keyword such as "NIP".
 */
export const nationalIdDetectors: Detector[] = [
  checkedPatternDetector(standalone(nir), isNir),
  checkedPatternDetector(standalone(String.raw`\d{11}`), isElevenDigitId),
  checkedPatternDetector(standalone(String.raw`\d\d\.\d\d\.\d\d[- ]\d{3}[.-]\d\d`), (match) =>
    isRijksregisternummer(digitsOf(match)),
  ),
  checkedPatternDetector(standalone(String.raw`\d{6} \d{5}`), (match) => isFodselsnummer(digitsOf(match))),
  checkedPatternDetector(standalone(String.raw`\d\d \d{3} \d{3} \d{3}`), (match) => isSteuerId(digitsOf(match))),
  checkedPatternDetector(standalone(versicherungsnummer), isVersicherungsnummer),
  checkedPatternDetector(standalone(dniOrNie), isDniOrNie),
  checkedPatternDetector(new RegExp(standalone(codiceFiscale), 'gi'), isCodiceFiscale),
  checkedPatternDetector(standalone(String.raw`(?:19|20)?\d{6}[-+]\d{4}`), isPersonnummer),
  checkedPatternDetector(standalone(String.raw`\d{6}[-+A-FU-Y]\d{3}[\dA-FHJ-NPR-Y]`), isHenkilotunnus),
  checkedPatternDetector(standalone(String.raw`\d{6}/\d{4}`), isRodneCislo),
  checkedPatternDetector(standalone(String.raw`[1-8]\d{12}`), isCnp),
  withOtherOccurrences(
    checkedPatternDetector(afterKeyword('NIP', String.raw`\d{10}|\d{3}-\d{3}-\d\d-\d\d|\d{3}-\d\d-\d\d-\d{3}`), isNip),
  ),
  withOtherOccurrences(
    checkedPatternDetector(
      afterKeyword('BSN|burgerservicenummer|sofinummer', String.raw`\d{9}|\d{4}\.\d\d\.\d{3}`),
      isBsn,
    ),
  ),
  withOtherOccurrences(
    checkedPatternDetector(afterKeyword('NIF|contribuinte', String.raw`\d{9}|\d{3} \d{3} \d{3}`), isNif),
  ),
]
