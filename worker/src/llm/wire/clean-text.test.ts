import { expect, test } from 'vitest'
import { cleanText } from './clean-text.ts'

test.each([
  ['gen-1', 'gen-1'],
  ['a\u0000b\nc', 'a b c'],
  ['x\ud83d', 'x\ufffd'],
  ['🎴🎴🎴🎴', '🎴🎴\ufffd'],
])('cleanText makes %j storable in at most five code units', (text, expected) => {
  expect(cleanText(text, 5)).toBe(expected)
})
