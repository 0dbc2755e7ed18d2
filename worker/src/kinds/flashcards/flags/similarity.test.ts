import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jaccardSimilarity, trigrams } from './similarity.ts'

const text = fc
  .array(fc.constantFrom('a', 'b', ' ', 'ż', '漢', '🙂', '\uffff'), { maxLength: 30 })
  .map((p) => p.join(''))
const grams = (text: string): Set<string> =>
  new Set(Array.from({ length: Math.max(0, text.length - 2) }, (_, at) => text.slice(at, at + 3)))

describe('similarity', () => {
  test('is the share of the distinct trigrams that two texts have in common', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [left, right] = [grams(a), grams(b)]
        const shared = [...left].filter((gram) => right.has(gram)).length
        const union = left.size + right.size - shared
        expect(trigrams(a)).toHaveLength(left.size)
        expect(jaccardSimilarity(trigrams(a), trigrams(b))).toBe(union === 0 ? 0 : shared / union)
      }),
    )
  })
  test('is 0 for texts without a trigram', () => {
    expect(jaccardSimilarity(trigrams('ab'), trigrams(''))).toBe(0)
  })
})
