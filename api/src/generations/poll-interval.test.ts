import { describe, expect, it } from 'vitest'
import { preferredWait, retryAfterOf } from './poll-interval.ts'

const created_at = '2026-11-21T03:00:00.000000Z'
const at = (seconds: number) => Date.parse(created_at) + seconds * 1000

describe('Retry-After', () => {
  it('grows with age from 1 to 10 seconds', () => {
    const values = [0, 5, 12, 30, 45, 60, 3600].map((age) => retryAfterOf({ status: 'running', created_at }, at(age)))
    expect(values).toEqual([1, 1, 2, 5, 8, 10, 10])
  })

  it('is 1 where the clocks disagree', () => {
    expect(retryAfterOf({ status: 'pending', created_at }, at(-30))).toBe(1)
  })

  it.each(['succeeded', 'failed', 'cancelled'] as const)('is absent when %s', (status) => {
    expect(retryAfterOf({ status, created_at }, at(5))).toBeNull()
  })
})

describe('Prefer', () => {
  it.each([
    ['wait=5', 5],
    ['respond-async, wait=10', 10],
    ['wait=10, respond-async', 10],
    ['wait = "7"', 7],
    ['WAIT=3; foo=bar', 3],
    ['wait=90', 30],
  ])('%s is a wait of %i s', (header, seconds) => expect(preferredWait(header, 30)).toBe(seconds))

  it.each([[undefined], [''], ['respond-async'], ['wait=0'], ['wait=-1'], ['wait=1.5'], ['wait=soon'], ['await=5']])(
    '%s asks for none',
    (header) => expect(preferredWait(header, 30)).toBeUndefined(),
  )
})
