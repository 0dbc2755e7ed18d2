import { expect, test } from 'vitest'
import { longestText, parse } from './parse.ts'

test('parse trims a whole answer', () => {
  expect(parse(' A text.\n', 'stop')).toEqual({ ok: true, value: ['A text.'] })
})

test.each([
  ['was cut off', 'A tex', 'length'],
  ['is too long', '🙂'.repeat(longestText + 1), 'stop'],
] as const)('parse refuses an answer that %s', (_what, content, finish) => {
  expect(parse(content, finish)).toMatchObject({ ok: false })
})
