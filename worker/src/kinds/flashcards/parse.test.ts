import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from './parse.ts'

const cards = [
  { front: 'a "}" "quoted" {front', back: 'b\\', source_quote: 'c ```, ] }' },
  { front: 'é🙂', back: '[1]', source_quote: '' },
]
const whole = JSON.stringify({ cards })
const parseError = { ok: false, message: expect.any(String) }

describe('parse of a complete answer', () => {
  test.each([
    ['an object', whole],
    ['a bare array', JSON.stringify(cards)],
    ['an indented object with a byte order mark', `\ufeff\n\n  ${JSON.stringify({ cards }, null, 2)}\n`],
    ['an object with more keys', JSON.stringify({ note: 1, cards })],
  ])('returns the elements of %s', (_, content) => {
    expect(parse(content, 'stop')).toEqual({ ok: true, value: cards })
  })
  test('returns an empty list or elements of any type without checking them', () => {
    expect(parse('{"cards":[]}', 'stop')).toEqual({ ok: true, value: [] })
    expect(parse('[1,null,"x"]', 'stop')).toEqual({ ok: true, value: [1, null, 'x'] })
  })
  test.each([
    ['an empty answer', ''],
    ['an answer that is cut off', whole.slice(0, -3)],
    ['JSON with prose before it', `Here it is: ${whole}`],
    ['a code fence with prose around it', `Here:\n\`\`\`json\n${whole}\n\`\`\`\nDone`],
    ['two code fences', `\`\`\`json\n${whole}\n\`\`\`\n\`\`\`json\n${whole}\n\`\`\``],
    ['single quotes', "{'cards':[]}"],
    ['a trailing comma', '{"cards":[{"front":"a"},]}'],
    ['an object in place of the list', '{"cards":{}}'],
    ['a list under another key', '{"flashcards":[]}'],
    ['null', 'null'],
  ])('rejects %s without repairing it', (_, content) => {
    expect(parse(content, 'stop')).toEqual(parseError)
  })
  test('returns an error message that repeats nothing of the answer', () => {
    expect(JSON.stringify(parse('secret secret', 'stop'))).not.toContain('secret')
  })
})

describe('parse of an answer that is cut off', () => {
  test('keeps exactly the complete elements at every position of the cut', () => {
    const ends = cards.map((card) => JSON.stringify(card)).map((card) => whole.indexOf(card) + card.length)
    for (let at = 0; at < whole.length; at++) {
      const kept = ends.filter((end) => at >= end).length
      const expected = kept > 0 ? { ok: true, value: cards.slice(0, kept) } : parseError
      expect(parse(whole.slice(0, at), 'length'), `at ${at}`).toEqual(expected)
    }
  })
  test('keeps every element when nothing is missing', () => {
    expect(parse(whole, 'length')).toEqual({ ok: true, value: cards })
  })
  test('keeps the elements before the first JSON error', () => {
    expect(parse('[{"front":"a"} {"front":"b"}', 'length')).toEqual({ ok: true, value: [{ front: 'a' }] })
    expect(parse('[{"front":"a"},{front:"b"},{"front":"c"}', 'length')).toEqual({ ok: true, value: [{ front: 'a' }] })
    expect(parse('Here: [{"front":"a"}', 'length')).toEqual(parseError)
  })
  test('returns the first elements of any list of objects', () => {
    const elements = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(elements, fc.nat(), (values, cut) => {
        const content = JSON.stringify({ cards: values })
        const read = parse(content.slice(0, cut % content.length), 'length')
        const same: unknown[] = JSON.parse(JSON.stringify(values))
        if (read.ok) expect(read.value).toEqual(same.slice(0, read.value.length))
      }),
    )
  })
})
