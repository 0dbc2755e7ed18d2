import { expect, test } from 'vitest'
import { LimitRow, limitsOf } from './limits.ts'

type Numbers = { used?: string; remaining?: string; seconds?: number; resets_at?: string }
const row = (name: string, limit: string | string[], numbers: Numbers = {}): LimitRow =>
  LimitRow.parse({
    plan: 'free',
    name,
    most: typeof limit === 'string' ? limit : null,
    names: typeof limit === 'string' ? null : limit,
    used: null,
    remaining: null,
    seconds: null,
    resets_at: null,
    ...numbers,
  })
const none = { used: null, remaining: null, window_seconds: null, resets_at: null }

test.each([
  [
    'a window has numbers',
    row('day', '10', { used: '3', remaining: '7', seconds: 86_400, resets_at: '2026-11-29T00:00:00.000000Z' }),
    { name: 'day', limit: 10, used: 3, remaining: 7, window_seconds: 86_400, resets_at: '2026-11-29T00:00:00.000000Z' },
  ],
  [
    'a budget keeps its digits as text',
    row('budget', '0.50', { used: '0.10000000001', remaining: '0.39999999999' }),
    { ...none, name: 'budget', limit: '0.50', used: '0.10000000001', remaining: '0.39999999999' },
  ],
  [
    'the limit of models is their names',
    row('models', ['fast', 'best']),
    { ...none, name: 'models', limit: ['fast', 'best'] },
  ],
  [
    'a bound without a count has only its number',
    row('characters', '10000'),
    { ...none, name: 'characters', limit: 10_000 },
  ],
])('limitsOf: %s', (_, given, expected) => {
  expect(limitsOf([given])).toEqual({ plan: 'free', data: [expected] })
})

test('limitsOf answers null for an account without rows, which the caller may not read', () =>
  expect(limitsOf([])).toBeNull())
