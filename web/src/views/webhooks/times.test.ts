import { describe, expect, test } from 'vitest'
import { isMoving, localTime, rangeProblem, replayOf } from './times.ts'

const range = { since: '2026-11-28T09:05', until: '', status: 'failed' as const }

describe('a range', () => {
  test.each([
    ['without an end', {}, null],
    ['without a begin', { since: '' }, 'noSince'],
    ['that ends before it begins', { until: '2026-11-28T09:04' }, 'badUntil'],
    ['of one minute', { until: '2026-11-28T09:05' }, null],
  ])('%s', (_, changes, problem) => expect(rangeProblem({ ...range, ...changes })).toBe(problem))

  test('is sent in UTC, and is read in the zone of the person', () => {
    const time = new Date(2026, 10, 28, 9, 5)
    expect(localTime(time)).toBe('2026-11-28T09:05')
    expect(replayOf(range)).toEqual({ since: time.toISOString(), status: 'failed' })
    expect(replayOf({ ...range, until: range.since }).until).toBe(time.toISOString())
  })
})

describe('isMoving', () => {
  const now = Date.parse('2026-11-28T09:00:00Z')
  const delivery = {
    id: '1',
    event_id: 'e',
    type: 'webhook.test',
    data: {},
    status: 'pending' as const,
    attempt_count: 0,
    next_attempt_at: null,
    created_at: '2026-11-28T08:00:00Z',
    finished_at: null,
  }
  test.each([
    ['a request under way', {}, true],
    ['one that is due', { next_attempt_at: '2026-11-28T08:59:00Z' }, true],
    ['one that is due in five seconds', { next_attempt_at: '2026-11-28T09:00:05Z' }, true],
    ['one that is due in five minutes', { next_attempt_at: '2026-11-28T09:05:00Z' }, false],
    ['a delivery that is over', { status: 'failed' as const }, false],
  ])('of %s', (_, changes, expected) => expect(isMoving([{ ...delivery, ...changes }], now)).toBe(expected))
})
