import { describe, expect, it } from 'vitest'
import { preferredWait, retryAfterOf } from './poll-interval.ts'

const created_at = '2026-11-21T03:00:00.000000Z'
const at = (seconds: number) => Date.parse(created_at) + seconds * 1000

describe('retryAfterOf', () => {
  it('grows with the age of the generation from 1 to 10 seconds', () => {
    const values = [0, 5, 12, 30, 45, 60, 3600].map((age) => retryAfterOf({ status: 'running', created_at }, at(age)))
    expect(values).toEqual([1, 1, 2, 5, 8, 10, 10])
  })

  it('is 1 second when the generation seems to be created in the future', () => {
    expect(retryAfterOf({ status: 'pending', created_at }, at(-30))).toBe(1)
  })

  it.each(['succeeded', 'failed', 'cancelled'] as const)('is null when the generation is %s', (status) => {
    expect(retryAfterOf({ status, created_at }, at(5))).toBeNull()
  })
})

describe('preferredWait', () => {
  it.each([
    ['wait=5', 5],
    ['respond-async, wait=10', 10],
    ['wait=10, respond-async', 10],
    ['wait = "7"', 7],
    ['WAIT=3; foo=bar', 3],
    ['wait=90', 30],
  ])('of `%s` is %i seconds', (header, seconds) => expect(preferredWait(header, 30)).toBe(seconds))

  it.each([[undefined], [''], ['respond-async'], ['wait=0'], ['wait=-1'], ['wait=1.5'], ['wait=soon'], ['await=5']])(
    'of `%s` is undefined',
    (header) => expect(preferredWait(header, 30)).toBeUndefined(),
  )
})
