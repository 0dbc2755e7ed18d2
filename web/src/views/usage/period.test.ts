import { describe, expect, test } from 'vitest'
import { daysOf, periodOf, periodProblem } from './period.ts'

const at = (iso: string) => Date.parse(iso)

describe('periodOf', () => {
  test.each([
    ['month', '2026-11-21T23:59:59Z', '2026-11-01', '2026-11-21'],
    ['month', '2026-11-01T00:00:00Z', '2026-11-01', '2026-11-01'],
    ['last_month', '2026-03-31T12:00:00Z', '2026-02-01', '2026-02-28'],
    ['last_month', '2028-03-01T00:00:00Z', '2028-02-01', '2028-02-29'],
    ['last_month', '2027-01-15T12:00:00Z', '2026-12-01', '2026-12-31'],
    ['week', '2026-03-02T12:00:00Z', '2026-02-24', '2026-03-02'],
    ['days_30', '2026-11-30T12:00:00Z', '2026-11-01', '2026-11-30'],
    ['days_90', '2027-01-01T00:00:00Z', '2026-10-04', '2027-01-01'],
  ] as const)('answers the days of %s at %s in UTC', (name, now, from, to) => {
    expect(periodOf(name, at(now))).toEqual({ from, to })
  })
})

test.each([
  ['2026-11-01', '2026-11-01', null],
  ['2028-01-01', '2028-12-31', null],
  ['2026-01-01', '2027-01-02', 'long'],
  ['2026-11-02', '2026-11-01', 'order'],
  ['', '2026-11-01', 'missing'],
  ['2026-11-01', 'yesterday', 'missing'],
])('periodProblem from %j to %j is %s', (from, to, problem) => {
  expect(periodProblem({ from, to })).toBe(problem)
})

test('daysOf has every day once, over the end of a month and a change of the clocks', () => {
  expect(daysOf({ from: '2026-02-27', to: '2026-03-02' })).toEqual([
    '2026-02-27',
    '2026-02-28',
    '2026-03-01',
    '2026-03-02',
  ])
  expect(daysOf({ from: '2026-03-01', to: '2026-04-01' })).toHaveLength(32)
  expect(daysOf({ from: '2026-03-02', to: '2026-03-01' })).toEqual([])
})
