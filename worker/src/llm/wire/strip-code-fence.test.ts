import { expect, test } from 'vitest'
import { stripCodeFence } from './strip-code-fence.ts'

test.each([
  ['plain', '  {"a":1}\n', 'stop', '{"a":1}'],
  ['fenced', '```json\n{"a":1}\n```', 'stop', '{"a":1}'],
  ['fenced without a language, CRLF', '\n```\r\n{"a":1}\r\n```\n', 'stop', '{"a":1}'],
  ['a fence in prose stays', 'Here: ```json\n{}\n``` Done', 'stop', 'Here: ```json\n{}\n``` Done'],
  ['prose after the fence stays', '```json\n{}\n```\nDone', 'stop', '```json\n{}\n```\nDone'],
  ['two fences stay', '```json\n{}\n```\n\n```json\n{}\n```', 'stop', '```json\n{}\n```\n\n```json\n{}\n```'],
  ['marks inside a string', '```json\n{"a":"```js"}\n```', 'stop', '{"a":"```js"}'],
  ['cut before the closing mark', '```json\n[{"a":1},{"a"', 'length', '[{"a":1},{"a"'],
  ['no closing mark, not cut', '```json\n[1]', 'stop', '```json\n[1]'],
  ['an opening alone', '```', 'stop', '```'],
] as const)('%s', (_, content, finish, expected) => {
  expect(stripCodeFence(content, finish)).toBe(expected)
})
