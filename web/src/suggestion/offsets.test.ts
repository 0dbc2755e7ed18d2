import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOffsets } from './offsets.ts'

test('an offset in code points leads to the same place in UTF-16, in any text', () => {
  const character = fc.oneof(
    fc.constantFrom('😀', '𝔄', 'ż', 'a', '\u0301', '\n', '👩‍👧'),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(fc.array(character, { maxLength: 30 }), fc.nat(60), fc.nat(60), (characters, a, b) => {
      const text = characters.join('').toWellFormed()
      const [start, end] = [Math.min(a, b), Math.max(a, b)]
      const toUnits = createOffsets(text)
      expect(text.slice(toUnits(start), toUnits(end))).toBe([...text].slice(start, end).join(''))
    }),
  )
})
