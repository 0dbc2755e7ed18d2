import { expect, test } from 'vitest'
import { countInWords, durationInWords } from './in-words.ts'

test.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [45, '45 seconds'],
  [60, '1 minute'],
  [300, '5 minutes'],
  [301, '5 minutes 1 second'],
  [3_601, '1 hour 1 minute'],
  [53_231, '14 hours 48 minutes'],
  [86_387, '24 hours'],
  [86_400, '1 day'],
  [2_592_000, '30 days'],
  [90_001, '1 day 2 hours'],
])('%i seconds are told as %s, never as less', (seconds, words) => {
  expect(durationInWords(seconds)).toBe(words)
})

test('a count is told with its noun', () => {
  expect([countInWords(1, 'generation'), countInWords(5, 'dry run')]).toEqual(['1 generation', '5 dry runs'])
})
