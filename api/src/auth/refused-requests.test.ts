import { describe, expect, test } from 'vitest'
import { createRefusedRequests } from './refused-requests.ts'

describe('createRefusedRequests', () => {
  test('counts each address by itself, and anew after a minute', () => {
    let now = 1_000
    const count = createRefusedRequests(() => now)
    const first = Array.from({ length: 121 }, () => count('198.51.100.1').remaining)
    expect([first[0], first[119], first[120]]).toEqual([119, 0, -1])
    expect(count('198.51.100.2')).toEqual({ limit: 120, remaining: 119, window_seconds: 60, reset: 60 })
    now += 59_500
    expect(count('198.51.100.1')).toMatchObject({ remaining: -2, reset: 1 })
    now += 500
    expect(count('198.51.100.1')).toMatchObject({ remaining: 119, reset: 60 })
  })

  test('forgets the oldest of more than 10,000 addresses', () => {
    const count = createRefusedRequests(() => 1_000)
    for (let n = 0; n <= 10_000; n++) count(`address ${n}`)
    expect(count('address 1').remaining).toBe(118)
    expect(count('address 0').remaining).toBe(119)
  })
})
