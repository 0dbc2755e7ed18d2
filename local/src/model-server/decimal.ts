declare global {
  interface JSON {
    /** A JSON text that `JSON.stringify` copies as it is (ES2026, not yet in TypeScript's library). */
    rawJSON(text: string): object
  }
}

const SCALE = 12

/** What a decimal amount of USD looks like in a script or an answer: no sign, no exponent, at most 12 decimals. */
export const decimalPattern = /^\d{1,9}(?:\.\d{1,12})?$/

/** Units of 1e-12 USD of a decimal string that matches `decimalPattern`. */
export const toUnits = (decimal: string): bigint => {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return BigInt(whole) * 10n ** BigInt(SCALE) + BigInt(fraction.padEnd(SCALE, '0'))
}

/** The exact decimal string of an amount in units of 1e-12 USD, without trailing zeros. */
export const fromUnits = (units: bigint): string => {
  const digits = units.toString().padStart(SCALE + 1, '0')
  const fraction = digits.slice(-SCALE).replace(/0+$/, '')
  return fraction === '' ? digits.slice(0, -SCALE) : `${digits.slice(0, -SCALE)}.${fraction}`
}

/** A decimal string as a number in JSON, digit by digit: no exponent, nothing rounded. */
export const exactNumber = (decimal: string): object => JSON.rawJSON(fromUnits(toUnits(decimal)))
