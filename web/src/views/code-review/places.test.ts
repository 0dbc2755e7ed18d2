import type { Finding } from '@recto/client'
import { describe, expect, test } from 'vitest'
import { createOffsets } from '../../suggestion/offsets.ts'
import { inOrder, quotesOf, shownCode } from './places.ts'

const finding = (path: string, start_line: number, end_line = start_line, position = 1): Finding => ({
  id: `${path}:${start_line}`,
  generation_id: 'g',
  position,
  path,
  start_line,
  end_line,
  quote: '',
  category: 'bug',
  level: 'note',
  title: 'T',
  message: 'M',
  fingerprint: 'f',
  flags: [],
  status: 'proposed',
  reject_reason: null,
  reviewed_at: null,
  created_at: '2026-11-28T05:18:37.700083Z',
})

/** The text of the lines of findings. */
const markedIn = (text: string, ...findings: Finding[]) => {
  const toUnits = createOffsets(text)
  return quotesOf(text, findings).map((one) => text.slice(toUnits(one.quote_start), toUnits(one.quote_end)))
}

describe('the lines of a finding', () => {
  test.each([
    ['the first', 'a\nb\nc', 1, 1, 'a'],
    ['the last, without a line end', 'a\nb', 2, 2, 'b'],
    ['several', '😀 a\n\tb\n\nc\n', 2, 3, '\tb\n'],
    ['behind characters of two units', '😀😀\n𝔄\nx', 2, 2, '𝔄'],
  ])('are marked: %s', (_, text, start, end, marked) => {
    expect(markedIn(text, finding('a', start, end))).toEqual([marked])
  })

  test('that the text does not have are not marked', () => {
    expect(markedIn('a', finding('a', 2), finding('a', 1, 3))).toEqual([])
  })
})

test('code is shown with the line ends of the API, and nothing in it changes the order of what is read', () => {
  expect(shownCode('a\r\nb\rc\u202ed\u2066')).toBe('a\nb\rc\ufffdd\ufffd')
})

test('findings stand by file as in the request, and by line', () => {
  const files = ['b.ts', 'a.ts'].map((path) => ({ path, content: '' }))
  const all = [finding('z', 1), finding('a.ts', 9), finding('a.ts', 2), finding('y', 1), finding('b.ts', 5)]
  expect(inOrder(all, files).map(({ id }) => id)).toEqual(['b.ts:5', 'a.ts:2', 'a.ts:9', 'y:1', 'z:1'])
})
