import { expect, test } from 'vitest'
import { stripCodeFence } from './strip-code-fence.ts'

test.each([
  ['text without a fence, which it trims', '  {"a":1}\n', 'stop', '{"a":1}'],
  ['a fence around all of the text', '```json\n{"a":1}\n```', 'stop', '{"a":1}'],
  ['a fence without a language and with CRLF', '\n```\r\n{"a":1}\r\n```\n', 'stop', '{"a":1}'],
  ['a fence within prose, which stays', 'Here: ```json\n{}\n``` Done', 'stop', 'Here: ```json\n{}\n``` Done'],
  ['a fence before prose, which stays', '```json\n{}\n```\nDone', 'stop', '```json\n{}\n```\nDone'],
  ['two fences, which stay', '```json\n{}\n```\n\n```json\n{}\n```', 'stop', '```json\n{}\n```\n\n```json\n{}\n```'],
  ['a fence around a string that contains fence marks', '```json\n{"a":"```js"}\n```', 'stop', '{"a":"```js"}'],
  ['an unclosed fence in an answer that was cut off', '```json\n[{"a":1},{"a"', 'length', '[{"a":1},{"a"'],
  ['an unclosed fence in a complete answer, which stays', '```json\n[1]', 'stop', '```json\n[1]'],
  ['an opening fence alone, which stays', '```', 'stop', '```'],
] as const)('stripCodeFence handles %s', (_, content, finish, expected) => {
  expect(stripCodeFence(content, finish)).toBe(expected)
})
