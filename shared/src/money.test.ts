import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addMoney, costOfTokens, divideMoney, multiplyMoney, readMoney } from './money.ts'

const amount = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, scale]) => ({
    units,
    scale,
    text: `${units / 10n ** BigInt(scale)}.${String(units % 10n ** BigInt(scale)).padStart(scale, '0')}`,
  }))
  .map((drawn) => ({ ...drawn, text: drawn.scale === 0 ? drawn.text.slice(0, -2) : drawn.text }))

describe('readMoney', () => {
  test.each([
    [0.0000126, '0.0000126'],
    [1.2e-7, '0.00000012'],
    ['2.50', '2.5'],
    [0, '0'],
    [1e21, '1000000000000000000000'],
    [-1, null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    ['a lot', null],
    ['1e999', null],
    [0.000007765, '0.000007765'],
    ['0.000007765000', '0.000007765'],
    ['007', '7'],
    [-0, '0'],
    [Number.MIN_VALUE, null],
    ['9'.repeat(101), null],
    ['', null],
    [' 1', null],
    ['1.', null],
    ['.5', null],
    ['1,5', null],
    ['0x10', null],
    ['+1', null],
    ['１', null],
    [1n, null],
    [true, null],
    [[1], null],
    [{ toString: 1 }, null],
    [null, null],
    [{}, null],
  ])('%o -> %j', (text, expected) => {
    expect(readMoney(text)).toBe(expected)
  })

  test('keeps every digit of any decimal string', () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: -20, max: 20 }), ({ units, scale, text }, exponent) => {
        const [whole = '', fraction = ''] = (readMoney(`${text}e${exponent}`) ?? '').split('.')
        expect(fraction).not.toMatch(/0$/)
        const more = 10n ** BigInt(scale + 20)
        expect(BigInt(whole + fraction.padEnd(scale + 20, '0'))).toBe(
          (units * more * 10n ** BigInt(exponent + 20)) / 10n ** BigInt(scale + 20),
        )
      }),
    )
  })

  test('keeps the value of any finite positive number', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true, minExcluded: true }).filter((n) => n > 1e-90),
        (text) => {
          expect(Number(readMoney(text))).toBe(text)
          expect(readMoney(text)).toMatch(/^\d+(\.\d*[1-9])?$/)
        },
      ),
    )
  })
})

describe('addMoney', () => {
  test('adds amounts that floats would round', () => {
    expect(addMoney('0.1', '0.2')).toBe('0.3')
  })

  test('is exact, commutative, and zero is neutral', () => {
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const scale = Math.max(a.scale, b.scale)
        const units = a.units * 10n ** BigInt(scale - a.scale) + b.units * 10n ** BigInt(scale - b.scale)
        expect(addMoney(a.text, b.text)).toBe(readMoney(`${units}e-${scale}`))
        expect(addMoney(a.text, b.text)).toBe(addMoney(b.text, a.text))
        expect(addMoney(a.text, '0')).toBe(readMoney(a.text))
      }),
    )
  })

  test('throws RangeError for a text that is no amount', () => {
    expect(() => addMoney('1', 'NaN')).toThrow(RangeError)
  })
})

test('costOfTokens is tokens times price over a million, exactly', () => {
  expect(costOfTokens(1245, '0.10')).toBe('0.0001245')
  expect(costOfTokens(0, '0.10')).toBe('0')
  expect(costOfTokens(1_000_000, '15')).toBe('15')
  fc.assert(
    fc.property(fc.nat(10_000_000), fc.nat(10_000_000), amount, (one, other, { text }) => {
      expect(addMoney(costOfTokens(one, text), costOfTokens(other, text))).toBe(costOfTokens(one + other, text))
    }),
  )
})

test('multiplyMoney is the product, exactly', () => {
  expect(multiplyMoney('0.15', '1.0837')).toBe('0.162555')
  fc.assert(
    fc.property(amount, amount, (a, b) => {
      const [whole = '', fraction = ''] = multiplyMoney(a.text, b.text).split('.')
      expect(BigInt(whole + fraction.padEnd(a.scale + b.scale, '0'))).toBe(a.units * b.units)
    }),
  )
})

describe('divideMoney', () => {
  test.each([
    ['1', '3', 8, '0.33333333'],
    ['2', '3', 8, '0.66666667'],
    ['1', '8', 2, '0.13'],
    ['0.00000001', '2', 8, '0.00000001'],
    ['0', '7', 8, '0'],
    ['12.5', '0.5', 8, '25'],
  ])('%s / %s to %d decimals is %s', (amount, divisor, digits, quotient) => {
    expect(divideMoney(amount, divisor, digits)).toBe(quotient)
  })

  test('throws RangeError for a divisor of zero', () => expect(() => divideMoney('1', '0', 8)).toThrow(RangeError))
})
