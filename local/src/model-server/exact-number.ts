import { addMoney } from '@recto/shared/money'

declare global {
  interface JSON {
    /** A JSON text that `JSON.stringify` copies unchanged (ES2026, not yet in TypeScript's library). */
    rawJSON(text: string): object
  }
}

/**
 * A decimal string as a JSON number with the same digits: no exponent, no rounding, no superfluous zeros.
 * @throws RangeError when the string is not an amount of money
 */
export const exactNumber = (decimal: string): object => JSON.rawJSON(addMoney('0', decimal))
