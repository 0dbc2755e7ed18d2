import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSseDecoder, type SseEvent } from './sse.ts'

const decode = (pieces: string[]): SseEvent[] => {
  const decoder = createSseDecoder()
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()]
}

describe('createSseDecoder', () => {
  test('reads event names and several data lines, and skips comments and other fields', () => {
    const stream = ': keep-alive\n\nid: 7\nevent: error\ndata: {\ndata:}\nretry: 10\n\ndata\n\n'
    expect(decode([stream])).toEqual([
      { event: 'error', data: '{\n}' },
      { event: '', data: '' },
    ])
  })

  test('keeps colons in the data, and removes at most one space after the field name', () => {
    expect(decode(['data:a: b\n\ndata:  c\n\n'])).toEqual([
      { event: '', data: 'a: b' },
      { event: '', data: ' c' },
    ])
  })

  test('returns the last event at the end even without its blank line', () => {
    expect(decode(['data: [DONE]'])).toEqual([{ event: '', data: '[DONE]' }])
    expect(decode(['data: [DONE]\r'])).toEqual([{ event: '', data: '[DONE]' }])
  })

  test('returns any events complete and in order, with every line ending and cut at any character', () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''))
    const cuts = fc.array(fc.nat(400), { maxLength: 20 })
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n', '\r'), cuts, (texts, end, at) => {
        const stream = texts.map((text) => `: ping${end}${end}data: ${text}${end}${end}`).join('')
        const edges = [0, ...at.map((edge) => Math.min(edge, stream.length)).sort((a, b) => a - b), stream.length]
        const pieces = edges.slice(1).map((edge, index) => stream.slice(edges[index], edge))
        expect(decode(pieces)).toEqual(texts.map((data) => ({ event: '', data })))
      }),
    )
  })
})
