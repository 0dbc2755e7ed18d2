import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Grouping } from './contract.ts'
import { UsageRow, usageOf as usageOfRows } from './shape.ts'

const none = {
  people: '0',
  generations: null,
  succeeded: null,
  failed: null,
  cancelled: null,
  cached: null,
  suggestions: null,
  accepted: null,
  rejected: null,
  edited: null,
  calls: null,
  tokens_input: null,
  tokens_output: null,
  cost_usd: null,
  saved_usd: null,
  latency_p50_ms: null,
  latency_p95_ms: null,
  wait_p50_ms: null,
  wait_p95_ms: null,
}
const month = { ...none, people: null, section: 'month', key: '2026-11-01', cost_usd: '1.50', elapsed_days: '15.0' }
const total = { ...none, section: 'total', key: null }
const group = (key: string, more: object = {}) => ({ ...none, section: 'group', key, ...more })

/** The usage of rows as the driver gives them: bigint and numeric as text. */
const usageOf = (rows: object[], by: Grouping) => usageOfRows(z.array(UsageRow).parse(rows), by)

describe('usageOf', () => {
  test('is undefined without rows', () => expect(usageOf([], 'day')).toBeUndefined())

  test('has zeros, and no rate or percentile, where nothing was used', () => {
    const answer = usageOf([total, month], 'day')
    expect(answer).toMatchObject({ data: [], next_cursor: null, forecast: { month: '2026-11', cost_usd: '3' } })
    expect(answer?.total).toMatchObject({
      people: 0,
      calls: 0,
      cost_usd: '0',
      acceptance_rate: null,
      wait_p50_ms: null,
    })
  })

  test('has numbers as numbers, money without trailing zeros, and the rate to four digits', () => {
    const used = { people: '2', generations: '7', accepted: '2', rejected: '1', cost_usd: '0.0100', latency_p95_ms: 90 }
    expect(usageOf([group('2026-11-02', used), total, month], 'day')?.data).toMatchObject([
      { day: '2026-11-02', people: 2, generations: 7, cost_usd: '0.01', acceptance_rate: 0.6667, latency_p95_ms: 90 },
    ])
  })

  test('lists days in order, whatever they cost', () => {
    const rows = [group('2026-11-02', { cost_usd: '1' }), group('2026-11-01', { cost_usd: '2' }), total, month]
    expect(usageOf(rows, 'day')?.data.map(({ day }) => day)).toEqual(['2026-11-01', '2026-11-02'])
  })

  test.each(['model', 'person'] as const)('lists each %s by cost, then by name', (by) => {
    const rows = [
      group('b', { cost_usd: '1' }),
      group('c', { cost_usd: '10' }),
      group('a', { cost_usd: '1' }),
      total,
      month,
    ]
    const keys = usageOf(rows, by)?.data.map((row) => (by === 'model' ? row.model : row.user_id))
    expect(keys).toEqual(['c', 'a', 'b'])
  })

  test('throws for rows of another form', () => expect(() => usageOf([{ ...total, calls: 'many' }], 'day')).toThrow())
})
