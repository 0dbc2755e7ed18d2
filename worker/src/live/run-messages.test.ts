import { LiveMessage } from '@recto/shared/live'
import { describe, expect, test } from 'vitest'
import { createRunMessages } from './run-messages.ts'

const id = '7f3c1c1e-4f8e-4a53-9d0c-3f9a1f7f5a11'
const item = (key: string, text = key) => ({ key, value: { front: text } })

const messagesOf = () => {
  const messages = createRunMessages({ id, attempt: 2 })
  const read = () => messages.takeAll().map((payload) => LiveMessage.parse(JSON.parse(payload)))
  /** All events that wait, those of progress left out. */
  const events = () => read().flatMap((message) => message.events.filter(({ type }) => type !== 'progress'))
  return { ...messages, read, events }
}

describe('the messages of a run', () => {
  test('have what passed, in order, with how far the answer is, under the id and the attempt', () => {
    const { add, grow, read } = messagesOf()
    grow(120)
    add(item('a'))
    add(item('b'))
    expect(read()).toEqual([
      {
        generation_id: id,
        attempt: 2,
        events: [
          { type: 'item', ...item('a') },
          { type: 'item', ...item('b') },
          { type: 'progress', items: 2, characters: 120 },
        ],
      },
    ])
    expect(read()).toEqual([])
  })

  test.each([
    ['letters of one byte', 'x'],
    ['letters of three bytes', '漢'],
    ['letters of four bytes', '🙂'],
    ['characters that JSON escapes', '\u0001'],
    ['quotes', '"'],
  ])('have less than 8,000 bytes each, and leave out only what fits in none: %s', (_, unit) => {
    const messages = messagesOf()
    const texts = Array.from({ length: 60 }, (_value, n) => unit.repeat(n * 60))
    for (const [n, text] of texts.entries()) messages.add(item(`k${n}`, text))
    messages.grow(1_000_000)
    const payloads = messages.takeAll()
    expect(Math.max(...payloads.map((payload) => Buffer.byteLength(payload)))).toBeLessThan(8_000)
    const told = payloads.flatMap((payload) =>
      LiveMessage.parse(JSON.parse(payload)).events.flatMap((event) => (event.type === 'item' ? [event.key] : [])),
    )
    const longest = 8_000 - 250
    const fitting = texts.flatMap((text, n) => (Buffer.byteLength(JSON.stringify(text)) < longest ? [`k${n}`] : []))
    expect(told).toEqual(fitting)
  })

  test('fill a payload to its last byte', () => {
    for (const length of [7_700, 7_750, 7_800, 7_850]) {
      for (let more = 0; more < 50; more++) {
        const messages = messagesOf()
        messages.add(item('a', 'x'.repeat(length + more)))
        for (const payload of messages.takeAll()) expect(Buffer.byteLength(payload)).toBeLessThan(8_000)
      }
    }
  })

  test('repeat all that has passed when somebody else watches', () => {
    const { add, repeat, events } = messagesOf()
    add(item('a'))
    expect(events()).toHaveLength(1)
    add(item('b'))
    repeat()
    expect(events()).toEqual([
      { type: 'item', ...item('a') },
      { type: 'item', ...item('b') },
    ])
  })

  test('say nothing to a new watcher while nothing has arrived', () => {
    const { repeat, read } = messagesOf()
    repeat()
    expect(read()).toEqual([])
  })

  test('take back what was told, and say nothing of what was not', () => {
    const { add, reset, repeat, events } = messagesOf()
    add(item('a'))
    reset()
    expect(events()).toEqual([])
    add(item('b'))
    expect(events()).toHaveLength(1)
    add(item('c'))
    reset()
    repeat()
    add(item('d'))
    expect(events()).toEqual([{ type: 'reset' }, { type: 'item', ...item('d') }])
  })

  test('withdraw what the result has not, with the reason of the gate, and tell what is new in it', () => {
    const { add, settle, events } = messagesOf()
    for (const key of ['a', 'b', 'c']) add(item(key))
    expect(events()).toHaveLength(3)
    add(item('untold'))
    expect(settle([item('b'), item('d')], new Map([['a', 'duplicate']]))).toBe(true)
    expect(events()).toEqual([
      { type: 'withdrawn', key: 'a', reason: 'duplicate' },
      { type: 'withdrawn', key: 'c', reason: 'not_kept' },
      { type: 'item', ...item('d') },
    ])
  })

  test('withdraw nothing when all that was told is in the result', () => {
    const { add, settle, events } = messagesOf()
    add(item('a'))
    expect(events()).toHaveLength(1)
    expect(settle([item('a')])).toBe(false)
    expect(events()).toEqual([])
  })
})

describe('the messages of a run whose result is a text', () => {
  const said = (messages: LiveMessage[]) =>
    messages.flatMap(({ events }) => events.flatMap((event) => (event.type === 'delta' ? [event] : [])))

  test('have what was said since the last one, with its offset in code points', () => {
    const { say, read } = messagesOf()
    say('One 🙂')
    say(' two')
    expect(said(read())).toEqual([{ type: 'delta', offset: 0, text: 'One 🙂 two' }])
    say(' three')
    expect(said(read())).toEqual([{ type: 'delta', offset: 9, text: ' three' }])
    expect(read()).toEqual([])
  })

  test('tell all again when somebody else watches, and nothing of an answer that is void', () => {
    const { say, read, repeat, reset } = messagesOf()
    say('One')
    read()
    repeat()
    expect(said(read())).toEqual([{ type: 'delta', offset: 0, text: 'One' }])
    reset()
    say('Two')
    expect(read()).toMatchObject([{ events: [{ type: 'reset' }, { type: 'delta', offset: 0, text: 'Two' }, {}] }])
  })

  test.each(['x', '漢', '🙂', '\u0001', '"', 'x🙂'])(
    'lose nothing of a long text of %j, in less than 8,000 bytes each',
    (unit) => {
      const { say, takeAll } = messagesOf()
      const text = unit.repeat(20_000)
      say(text)
      const payloads = takeAll()
      expect(Math.max(...payloads.map((payload) => Buffer.byteLength(payload)))).toBeLessThan(8_000)
      const parts = said(payloads.map((payload) => LiveMessage.parse(JSON.parse(payload))))
      expect(parts.map((part) => part.text).join('')).toBe(text)
      expect(parts.every((part) => part.text.isWellFormed())).toBe(true)
      let offset = 0
      for (const part of parts) {
        expect(part.offset).toBe(offset)
        offset += [...part.text].length
      }
    },
  )
})
