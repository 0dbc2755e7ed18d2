/** The digits of a text, without whatever separates them. */
export const digitsOf = (text: string): string => text.replace(/\D+/g, '')

const at = (digits: string, index: number): number => Number(digits.charAt(index))

/** The sum of the digits, each times the weight in its place. */
export const weighted = (digits: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, index) => sum + weight * at(digits, index), 0)

/** Luhn: cards, Swedish personal numbers. The last digit is the check. */
export const isLuhn = (digits: string): boolean => {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = at(digits, digits.length - 1 - i)
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

/** The rest of a number of any length by 97; letters count from A = 10 (ISO 7064). */
export const mod97 = (text: string): number => {
  let rest = 0
  for (const character of text) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest
}

/** ISO 7064 MOD 11,10: the German tax id. The last digit is the check. */
export const isMod11of10 = (digits: string): boolean => {
  let product = 10
  for (const digit of digits.slice(0, -1)) {
    const sum = (Number(digit) + product) % 10 || 10
    product = (sum * 2) % 11
  }
  return (11 - product) % 10 === at(digits, digits.length - 1)
}

/** Whether month and day can be a date, February 29 included: the year's two digits do not tell. */
export const isDay = (month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31)
