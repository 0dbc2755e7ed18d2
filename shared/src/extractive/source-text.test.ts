import { expect, test } from 'vitest'
import { textBetweenDelimiters } from './source-text.ts'

const text = '  A first line.\n\n<p>Markup of its own</p>\n\nA last line, with $& and {{marks}}.'

test.each([
  ['a tag', '<source>', '</source>'],
  ['a tag with a nonce', '<source id="k3v9x2q7">', '</source>'],
  ['a tag named by a nonce', '<text-k3v9x2q7>', '</text-k3v9x2q7>'],
  ['a rule with a nonce', '=====k3v9x2q7=====', '=====k3v9x2q7====='],
  ['BEGIN and END', 'BEGIN TEXT k3v9x2q7', 'END TEXT k3v9x2q7'],
  ['brackets', '<<<TEXT-k3v9x2q7', 'TEXT-k3v9x2q7>>>'.replace('TEXT', '/TEXT')],
  ['a fence', '```', '```'],
])('textBetweenDelimiters answers the unaltered text between %s', (_, open, close) => {
  expect(textBetweenDelimiters(`${open}\n${text}\n${close}`)).toBe(text)
  expect(textBetweenDelimiters(`The text follows.\n\n${open}\n${text}\n${close}\n\nNow write.`)).toBe(text)
})

test('textBetweenDelimiters answers the whole message when it has no delimiters', () => {
  expect(textBetweenDelimiters(text)).toBe(text)
  expect(textBetweenDelimiters('')).toBe('')
  expect(textBetweenDelimiters('## Measuring\n\nWhy measure?\n\nMeasuring has a cost.')).toContain('## Measuring')
})
