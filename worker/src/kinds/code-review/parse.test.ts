import { expect, test } from 'vitest'
import { parse } from './parse.ts'

const whole = '{"summary": "Sum \\"up\\"", "findings": [{"a": 1}, {"b": "x"}]}'

test.each([
  ['a whole answer', whole, 'stop', [{ summary: 'Sum "up"' }, { a: 1 }, { b: 'x' }]],
  ['an empty review', '{"summary": "Fine", "findings": []}', 'stop', [{ summary: 'Fine' }]],
  ['a bare list', '[{"a": 1}]', 'stop', [{ a: 1 }]],
  ['a cut answer', whole.slice(0, -8), 'length', [{ summary: 'Sum "up"' }, { a: 1 }]],
  ['a cut answer that has ended', whole, 'length', [{ summary: 'Sum "up"' }, { a: 1 }, { b: 'x' }]],
] as const)('parse reads %s', (_what, content, finish, value) => {
  expect(parse(content, finish)).toEqual({ ok: true, value })
})

test.each([
  ['words', 'Looks good to me.', 'stop'],
  ['a cut answer without a whole finding', '{"summary": "Fine", "findings": [{"a', 'length'],
  ['a cut answer that says no more than a summary', '{"summary": "Fine"', 'length'],
  ['another object', '{"issues": []}', 'stop'],
  ['an endless answer', `[${' '.repeat(240_000)}]`, 'stop'],
] as const)('parse refuses %s', (_what, content, finish) => {
  expect(parse(content, finish)).toMatchObject({ ok: false })
})

test('parse reads at most 2,000 elements', () => {
  const parsed = parse(`[${Array.from({ length: 2500 }, () => '{}')}]`, 'stop')
  expect(parsed.ok && parsed.value.length).toBe(2000)
})
