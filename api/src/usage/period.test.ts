import { describe, expect, it } from 'vitest'
import { periodOf } from './period.ts'

const now = Date.parse('2026-11-21T23:59:59.999Z')

describe('periodOf', () => {
  it.each([
    ['no day', {}, { from: '2026-11-01', to: '2026-11-21' }],
    ['only the first day', { from: '2026-10-30' }, { from: '2026-10-30', to: '2026-11-21' }],
    ['only the last day', { to: '2026-02-28' }, { from: '2026-02-01', to: '2026-02-28' }],
    ['one day', { from: '2026-11-20', to: '2026-11-20' }, { from: '2026-11-20', to: '2026-11-20' }],
    ['a leap year', { from: '2028-01-01', to: '2028-12-31' }, { from: '2028-01-01', to: '2028-12-31' }],
  ])('answers the days of a request that names %s', (_what, named, period) => {
    expect(periodOf(named, now)).toEqual(period)
  })

  it.each([
    ['in the wrong order', { from: '2026-11-02', to: '2026-11-01' }],
    ['that start tomorrow', { from: '2026-11-22' }],
    ['more than a year of them', { from: '2026-01-01', to: '2027-01-02' }],
  ])('throws invalid_request for days %s', (_what, named) => {
    expect(() => periodOf(named, now)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  })
})
