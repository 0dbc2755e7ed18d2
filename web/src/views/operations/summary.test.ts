import type { OperatorAccountCost, OperatorGenerations } from '@recto/client'
import { describe, expect, test } from 'vitest'
import { costSummary, generationSummary, queueSummary, secondsBetween } from './summary.ts'

const readAt = '2026-11-29T12:00:00.000Z'
const ago = (seconds: number) => new Date(Date.parse(readAt) - seconds * 1000).toISOString()

test.each([
  [ago(90), readAt, 90],
  [readAt, ago(5), 0],
])('from %s to %s are %i seconds', (from, to, seconds) => {
  expect(secondsBetween(from, to)).toBe(seconds)
})

describe('the queue', () => {
  const band = { band: 0, depth: 3, waiting_since: null, run_seconds: 10, measured_at: ago(4) }

  test('has the jobs of all bands, and the longest wait of one', () => {
    const bands = [
      band,
      { ...band, band: 1, depth: 2, waiting_since: ago(7) },
      { ...band, band: 2, waiting_since: ago(3) },
    ]
    expect(queueSummary(bands, readAt)).toEqual({ depth: 8, oldestSeconds: 7, isMeasured: true })
  })

  test.each([[null], [ago(61)]])('that was measured %s has no worker', (measured_at) => {
    expect(queueSummary([{ ...band, measured_at }], readAt)).toMatchObject({ oldestSeconds: null, isMeasured: false })
  })
})

describe('generations', () => {
  const row = (state: OperatorGenerations['state'], count: number): OperatorGenerations => ({
    state,
    count,
    oldest_at: null,
    under_1_minute: 0,
    under_10_minutes: 0,
    under_1_hour: 0,
    over_1_hour: 0,
  })

  test('that failed are a share of those that succeeded or failed', () => {
    const rows = [row('running', 2), row('succeeded', 9), row('failed', 3), row('cancelled', 50)]
    expect(generationSummary(rows)).toEqual({ running: 2, pending: 0, waiting: 0, failed: 3, failedShare: 0.25 })
  })

  test('of which none has ended have no share', () => {
    expect(generationSummary([row('cancelled', 5)]).failedShare).toBeNull()
  })
})

describe('the cost', () => {
  const deployment: OperatorAccountCost = {
    month: '2026-11-01',
    account_id: '00000000-0000-0000-0000-000000000000',
    kind: 'deployment',
    name: null,
    plan: null,
    generations: 4,
    cost_usd: '12.5',
    reserved_usd: '0',
    budget_usd: '50',
    used_percent: 25,
  }

  test('is that of the deployment, beside its budget', () => {
    const rows = [{ ...deployment, kind: 'team' as const, cost_usd: '7' }, deployment]
    expect(costSummary(rows)).toEqual({ costUsd: '12.5', budgetUsd: '50', share: 0.25 })
  })

  test('of a month in which nothing was spent is 0', () => {
    expect(costSummary([])).toEqual({ costUsd: '0', budgetUsd: null, share: null })
  })
})
