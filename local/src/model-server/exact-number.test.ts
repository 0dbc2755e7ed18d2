import { expect, test } from 'vitest'
import { exactNumber } from './exact-number.ts'

test.each([
  ['0', '0'],
  ['0.0001245', '0.0001245'],
  ['12.000000000001', '12.000000000001'],
  ['999999999.999999999999', '999999999.999999999999'],
  ['0.000000000001', '0.000000000001'],
  ['123456789.123456789012', '123456789.123456789012'],
  ['1.50', '1.5'],
  ['007', '7'],
])('exactNumber writes %s as %s into JSON', (decimal, json) => {
  expect(JSON.stringify(exactNumber(decimal))).toBe(json)
})
