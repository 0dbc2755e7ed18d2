import { expect, test } from 'vitest'
import { refreshAfter } from './refresh-after.ts'

const now = Date.parse('2026-11-28T12:00:00Z')
const aged = (seconds: number, status: Parameters<typeof refreshAfter>[0][number]['status'] = 'pending') => ({
  status,
  created_at: new Date(now - seconds * 1000).toISOString(),
})

test.each([
  ['nothing is read again of an empty list', [], false],
  ['nor of one where all are over', [aged(1, 'succeeded'), aged(2, 'failed'), aged(3, 'cancelled')], false],
  ['a new one is asked for each second', [aged(0)], 1_000],
  ['one of half a minute each 5 s', [aged(30, 'running')], 5_000],
  ['an old one each 10 s', [aged(86_400)], 10_000],
  ['the youngest live one counts', [aged(1, 'succeeded'), aged(600), aged(18)], 3_000],
  ['a clock of the browser that is behind counts as new', [aged(-300)], 1_000],
])('%s', (_, generations, expected) => {
  expect(refreshAfter(generations, now)).toBe(expected)
})
