/** Returns the digits of a text without anything between them. */
export const digitsOf = (text: string): string => text.replace(/\D+/g, '')

const digitAt = (digits: string, index: number): number => Number(digits.charAt(index))

/**
 * Returns the sum of the digits, each multiplied by the weight at the same index. Digits without a weight are ignored.
 */
export const weightedSum = (digits: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, index) => sum + weight * digitAt(digits, index), 0)

/** Checks the last digit by the Luhn algorithm (ISO/IEC 7812-1): payment cards and Swedish personal numbers. */
export const passesLuhn = (digits: string): boolean => {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digitAt(digits, digits.length - 1 - i)
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

/**
 * Returns a number of any length modulo 97. Letters count from A = 10 to Z = 35, as IBAN checks need it (ISO 13616).
 */
export const mod97 = (text: string): number => {
  let remainder = 0
  for (const character of text) {
    const value = Number.parseInt(character, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder
}

/** Checks the last digit by ISO/IEC 7064 MOD 11,10, which the German tax identification number uses. */
export const passesMod11And10 = (digits: string): boolean => {
  let product = 10
  for (const digit of digits.slice(0, -1)) {
    const sum = (Number(digit) + product) % 10 || 10
    product = (sum * 2) % 11
  }
  return (11 - product) % 10 === digitAt(digits, digits.length - 1)
}

/**
 * Whether a month (1 to 12) has the given day. February has 29, because two digits of a year do not tell leap years.
 */
export const isMonthAndDay = (month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31)
