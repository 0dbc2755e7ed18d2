import { expect, test } from 'vitest'
import { parseDuration } from './duration.ts'

test.each([
  ['90s', 90],
  ['15m', 900],
  ['1h', 3600],
  ['7d', 604_800],
])('parseDuration reads %s as %i seconds', (text, expected) => {
  expect(parseDuration(text)).toBe(expected)
})

test.each(['', '1', 'h', '-1h', '1.5h', '1w', '1h30m'])('parseDuration rejects %j', (text) => {
  expect(() => parseDuration(text)).toThrow(/not a duration/)
})
