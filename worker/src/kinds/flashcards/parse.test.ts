import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from './parse.ts'

const cards = [
  { front: 'a "}" "quoted" {front', back: 'b\\', source_quote: 'c ```, ] }' },
  { front: 'é🙂', back: '[1]', source_quote: '' },
]
const whole = JSON.stringify({ cards })
const notParsed = { ok: false, message: expect.any(String) }

describe('an answer that ended', () => {
  test.each([
    ['an object', whole],
    ['a bare array', JSON.stringify(cards)],
    ['padded', `\ufeff\n\n  ${JSON.stringify({ cards }, null, 2)}\n`],
    ['with more beside the cards', JSON.stringify({ note: 1, cards })],
  ])('is read: %s', (_, content) => {
    expect(parse(content, 'stop')).toEqual({ ok: true, value: cards })
  })
  test('may hold no cards, or elements of any kind', () => {
    expect(parse('{"cards":[]}', 'stop')).toEqual({ ok: true, value: [] })
    expect(parse('[1,null,"x"]', 'stop')).toEqual({ ok: true, value: [1, null, 'x'] })
  })
  test.each([
    ['empty', ''],
    ['cut', whole.slice(0, -3)],
    ['prose around it', `Here it is: ${whole}`],
    ['a fence with prose around it', `Here:\n\`\`\`json\n${whole}\n\`\`\`\nDone`],
    ['two fences', `\`\`\`json\n${whole}\n\`\`\`\n\`\`\`json\n${whole}\n\`\`\``],
    ['single quotes', "{'cards':[]}"],
    ['a trailing comma', '{"cards":[{"front":"a"},]}'],
    ['no list', '{"cards":{}}'],
    ['another name', '{"flashcards":[]}'],
    ['null', 'null'],
  ])('is refused, never repaired: %s', (_, content) => {
    expect(parse(content, 'stop')).toEqual(notParsed)
  })
  test('is not repeated in the message', () => {
    expect(JSON.stringify(parse('secret secret', 'stop'))).not.toContain('secret')
  })
})

describe('an answer that was cut', () => {
  test('keeps exactly the elements that were complete, wherever the cut is', () => {
    const ends = cards.map((card) => JSON.stringify(card)).map((card) => whole.indexOf(card) + card.length)
    for (let at = 0; at < whole.length; at++) {
      const kept = ends.filter((end) => at >= end).length
      const expected = kept > 0 ? { ok: true, value: cards.slice(0, kept) } : notParsed
      expect(parse(whole.slice(0, at), 'length'), `at ${at}`).toEqual(expected)
    }
  })
  test('keeps everything when nothing is missing', () => {
    expect(parse(whole, 'length')).toEqual({ ok: true, value: cards })
  })
  test('stops where the JSON is wrong', () => {
    expect(parse('[{"front":"a"} {"front":"b"}', 'length')).toEqual({ ok: true, value: [{ front: 'a' }] })
    expect(parse('[{"front":"a"},{front:"b"},{"front":"c"}', 'length')).toEqual({ ok: true, value: [{ front: 'a' }] })
    expect(parse('Here: [{"front":"a"}', 'length')).toEqual(notParsed)
  })
  test('gives a head of the elements, for any of them', () => {
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
