import { describe, expect, it } from 'vitest'
import { codePoints, textDefect } from './text.ts'

describe('codePoints', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['😀'.repeat(10_000), 10_000],
    ['a\u0301', 2],
    ['👩‍👩‍👧', 5],
    ['\ud83d', 1],
    ['\ude00\ud83d', 2],
    ['\ud83d\ud83d\ude00', 2],
  ])('counts %j', (text, count) => {
    expect(codePoints(text)).toBe(count)
    if (text.isWellFormed()) expect(codePoints(text)).toBe([...text].length)
  })
})

describe('textDefect', () => {
  it.each([
    ['a\u0000b', 'must not contain U+0000'],
    ['a\ud800b', 'must not contain lone surrogates'],
    ['a\udc00', 'must not contain lone surrogates'],
    ['', 'must not be blank'],
    [' \t\r\n\u0085\u00a0\u2003\u3000\ufeff', 'must not be blank'],
    ['\ufeff😀\r\n', null],
  ])('of %j', (text, defect) => expect(textDefect(text)).toBe(defect))
})
