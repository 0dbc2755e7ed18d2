import { expect, test } from 'vitest'
import { exactNumber, fromUnits, toUnits } from './decimal.ts'

test.each(['0', '1', '0.0001245', '12.000000000001', '999999999.999999999999'])('%s is kept exactly', (decimal) => {
  expect(fromUnits(toUnits(decimal))).toBe(decimal)
})

test('sums are exact where floats are not', () => {
  expect(fromUnits(toUnits('0.1') + toUnits('0.2'))).toBe('0.3')
})

test.each([
  ['0.000000000001', '0.000000000001'],
  ['123456789.123456789012', '123456789.123456789012'],
  ['1.50', '1.5'],
  ['007', '7'],
])('%s is the number %s in JSON', (decimal, json) => {
  expect(JSON.stringify(exactNumber(decimal))).toBe(json)
})
