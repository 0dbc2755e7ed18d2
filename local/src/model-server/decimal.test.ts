import { expect, test } from 'vitest'
import { fromUnits, toUnits } from './decimal.ts'

test.each(['0', '1', '0.0001245', '12.000000000001', '999999999.999999999999'])('%s is kept exactly', (decimal) => {
  expect(fromUnits(toUnits(decimal))).toBe(decimal)
})

test('sums are exact where floats are not', () => {
  expect(fromUnits(toUnits('0.1') + toUnits('0.2'))).toBe('0.3')
})
