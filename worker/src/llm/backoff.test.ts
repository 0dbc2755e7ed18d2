import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pauseBefore } from './backoff.ts'

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('a hint is kept to in full, with at most 20 % on top', () => {
  fc.assert(
    fc.property(fc.nat(2), fc.integer({ min: 1, max: 100_000 }), random, (retry, wait, drawn) => {
      const pause = pauseBefore(retry, wait, drawn)
      expect(pause).toBeGreaterThanOrEqual(wait)
      expect(pause).toBeLessThanOrEqual(wait * 1.2)
    }),
  )
})

test('without one, and after "at once", it doubles, jittered down to a half', () => {
  fc.assert(
    fc.property(fc.nat(2), fc.constantFrom(null, 0), random, (retry, wait, drawn) => {
      const pause = pauseBefore(retry, wait, drawn)
      expect(pause).toBeGreaterThanOrEqual(250 * 2 ** retry)
      expect(pause).toBeLessThanOrEqual(500 * 2 ** retry)
    }),
  )
})
