import { describe, expect, it } from 'vitest'
import { readAdmission } from './admission.ts'
import { inOrder, rateLimitHeaders, windowOf } from './windows.ts'

const counted = { name: 'day', most: 10, seconds: 86_400, used: 3, frees_in: 99.2 }

describe('windowOf of a window', () => {
  it.each([
    ['with places left', {}, { remaining: 7, reset: 100 }],
    ['with nothing used', { used: 0, frees_in: null }, { remaining: 10, reset: 0 }],
    ['whose last place is used', { used: 10 }, { remaining: 0, reset: 100 }],
    ['whose limit was lowered below what is used', { used: 12 }, { remaining: 0, reset: 100 }],
    ['that admits nothing', { most: 0, used: 0, frees_in: null }, { limit: 0, remaining: 0, reset: 86_400 }],
  ])('%s: %o gives %o', (_, change, expected) => {
    expect(windowOf({ ...counted, ...change })).toMatchObject({ name: 'day', window_seconds: 86_400, ...expected })
  })
})

describe('readAdmission', () => {
  const at = (second: string) => `2026-11-28T05:00:${second}+00:00`
  const state = { name: 'generations', counts: 'generations', most: 5, seconds: 300, used: 2, oldest_at: at('10.5') }
  const row = { admitted_at: at('40.25'), windows: [state], waiting: false, priority: 20, in_flight: 1 }

  it('answers windows that count the new admission and reset when the oldest one leaves', () => {
    expect(readAdmission(row)).toEqual({
      windows: [{ name: 'generations', limit: 5, remaining: 3, window_seconds: 300, reset: 271 }],
      waiting: false,
      priority: 20,
      in_flight: 1,
    })
  })

  it('resets a whole window later when the new admission is the oldest one', () => {
    const first = { ...state, used: 1, oldest_at: row.admitted_at }
    expect(readAdmission({ ...row, windows: [first] }).windows).toMatchObject([{ remaining: 4, reset: 300 }])
  })

  it('leaves out a window without a limit', () => {
    const unlimited = { ...state, most: null, used: null, oldest_at: null }
    expect(readAdmission({ ...row, windows: [state, unlimited] }).windows).toHaveLength(1)
  })

  it('leaves out windows of tokens', () => {
    expect(readAdmission({ ...row, windows: [{ ...state, name: 'tokens', counts: 'tokens' }] }).windows).toEqual([])
  })

  it('throws when nothing was admitted', () => {
    expect(() => readAdmission({ ...row, admitted_at: null, windows: null })).toThrow()
  })
})

describe('rateLimitHeaders', () => {
  const windows = [
    { name: 'month', limit: 100, remaining: 90, window_seconds: 2_592_000, reset: 7 },
    { name: 'day', limit: 10, remaining: 4, window_seconds: 86_400, reset: 8 },
    { name: 'generations', limit: 5, remaining: 0, window_seconds: 300, reset: 9 },
  ]

  it('list the window named after what is counted first, and the others by their length', () => {
    expect(rateLimitHeaders(inOrder(windows))).toEqual({
      'RateLimit-Policy': '"generations";q=5;w=300, "day";q=10;w=86400, "month";q=100;w=2592000',
      RateLimit: '"generations";r=0;t=9, "day";r=4;t=8, "month";r=90;t=7',
      'X-RateLimit-Limit': '5',
      'X-RateLimit-Remaining': '0',
    })
  })

  it('are none where nothing is limited', () => expect(rateLimitHeaders([])).toEqual({}))
})
