import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findOccurrence } from './find-occurrence.ts'

test('findOccurrence tries the same offsets as indexOf, overlapping ones too, for any text of two letters', () => {
  const letters = (maxLength: number) =>
    fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(letters(60), letters(5), (text, pattern) => {
      const expected: number[] = []
      for (let at = text.indexOf(pattern); at !== -1; at = text.indexOf(pattern, at + 1)) expected.push(at)
      const tried: number[] = []
      const rejectAll = (at: number) => {
        tried.push(at)
        return false
      }
      expect(findOccurrence(text, pattern, rejectAll)).toBe(-1)
      expect(tried).toEqual(expected)
      expect(findOccurrence(text, pattern, () => true)).toBe(expected[0] ?? -1)
    }),
  )
})
