import { expect, test } from 'vitest'
import { axisEnd, budgetShares } from './scale.ts'

test.each([
  [[], 1],
  [[0, 0], 1],
  [[3, 7], 10],
  [[10], 10],
  [[11], 20],
  [[21], 25],
  [[0.000123], 0.0002],
  [[123_456], 200_000],
])('the axis of %j ends at %d', (values, end) => {
  expect(axisEnd(values)).toBeCloseTo(end, 12)
})

test.each([
  [10, 4, 1, { spent: 0.4, reserved: 0.1 }],
  [10, 12, 3, { spent: 1, reserved: 0 }],
  [10, 9, 3, { spent: 0.9, reserved: 0.1 }],
  [0, 0, 0, { spent: 1, reserved: 0 }],
])('of a budget of %d, %d spent and %d reserved are %j', (budget, spent, reserved, shares) => {
  const found = budgetShares(budget, spent, reserved)
  expect(found.spent).toBeCloseTo(shares.spent, 12)
  expect(found.reserved).toBeCloseTo(shares.reserved, 12)
})
