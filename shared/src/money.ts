/** units / 10^scale. Floats would round money. */
type Decimal = { units: bigint; scale: number }

const pattern = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,2}))?$/i

const parse = (text: string): Decimal | null => {
  const [, whole, fraction = '', exponent = '0'] = pattern.exec(text) ?? []
  if (whole === undefined) return null
  const scale = fraction.length - Number(exponent)
  const units = BigInt(whole + fraction)
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 }
}

/** The longest text that is read as an amount. Parsing megabytes of digits would cost time. */
const longest = 100

const format = ({ units, scale }: Decimal): string => {
  const digits = units.toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return fraction === '' ? whole : `${whole}.${fraction}`
}

const known = (text: string): Decimal => {
  const decimal = parse(text)
  if (!decimal) throw new RangeError(`not an amount of money: ${text}`)
  return decimal
}

/** The units of two amounts at the larger of their scales. */
const aligned = (left: string, right: string): { a: bigint; b: bigint; scale: number } => {
  const [a, b] = [known(left), known(right)]
  const scale = Math.max(a.scale, b.scale)
  const at = (decimal: Decimal) => decimal.units * 10n ** BigInt(scale - decimal.scale)
  return { a: at(a), b: at(b), scale }
}

/**
 * Reads an amount of a provider's answer as a plain decimal string (`1.2e-7` -> `0.00000012`). Null when it is no
 * amount, or negative.
 */
export const readMoney = (value: unknown): string | null => {
  if (typeof value !== 'number' && typeof value !== 'string') return null
  const text = String(value)
  const decimal = text.length > longest ? null : parse(text)
  return decimal && format(decimal)
}

/**
 * The exact sum of two amounts.
 * @throws RangeError when one is not an amount
 */
export const addMoney = (left: string, right: string): string => {
  const { a, b, scale } = aligned(left, right)
  return format({ units: a + b, scale })
}

/**
 * The exact cost of a whole number of tokens at a price per million tokens.
 * @throws RangeError when the price is not an amount
 */
export const costOfTokens = (tokens: number, perMillion: string): string => {
  const { units, scale } = known(perMillion)
  return format({ units: units * BigInt(tokens), scale: scale + 6 })
}

/**
 * The exact product of an amount and a rate.
 * @throws RangeError when one is not an amount
 */
export const multiplyMoney = (amount: string, rate: string): string => {
  const [a, b] = [known(amount), known(rate)]
  return format({ units: a.units * b.units, scale: a.scale + b.scale })
}

/**
 * Whether an amount is larger than another.
 * @throws RangeError when one is not an amount
 */
export const isMoreMoney = (left: string, right: string): boolean => {
  const { a, b } = aligned(left, right)
  return a > b
}

/**
 * The larger of two amounts.
 * @throws RangeError when one is not an amount
 */
export const maxMoney = (left: string, right: string): string => (isMoreMoney(right, left) ? right : left)

/**
 * The quotient of two amounts, rounded half up to `digits` decimals.
 * @throws RangeError when one is not an amount, or the divisor is zero
 */
export const divideMoney = (amount: string, divisor: string, digits: number): string => {
  const [a, b] = [known(amount), known(divisor)]
  if (b.units === 0n) throw new RangeError('division by zero')
  const numerator = a.units * 10n ** BigInt(b.scale + digits)
  const denominator = b.units * 10n ** BigInt(a.scale)
  return format({ units: (2n * numerator + denominator) / (2n * denominator), scale: digits })
}
