import { describe, expect, test } from 'vitest'
import { createMessageReader, type Message } from './event-stream.ts'

/** Reads a stream that comes in these parts. Answers its messages, and the times that it named. */
const readParts = (parts: Uint8Array[]): { messages: Message[]; retries: number[] } => {
  const retries: number[] = []
  const read = createMessageReader((ms) => retries.push(ms))
  return { messages: parts.flatMap((part) => read(part)), retries }
}
const bytesOf = (text: string) => new TextEncoder().encode(text)
const read = (text: string) => readParts([bytesOf(text)])
const message = (data: string, event = '', id = ''): Message => ({ event, id, data })

/** Two messages, in which each line ends with `end`: a byte order mark, comments, several lines, long characters. */
const streamWith = (end: string): string =>
  [
    '\uFEFF: ping',
    'retry: 1500',
    'event: suggestion',
    'id: 1.2',
    'data: {"front":"Łódź 😀",',
    'data:"back":"日本語"}',
    '',
    ':',
    'data: second',
    '',
    '',
  ].join(end)
const wanted = {
  messages: [message('{"front":"Łódź 😀",\n"back":"日本語"}', 'suggestion', '1.2'), message('second')],
  retries: [1500],
}

describe.each([
  ['LF', '\n'],
  ['CR', '\r'],
  ['CRLF', '\r\n'],
])('a stream whose lines end with %s', (_, end) => {
  const bytes = bytesOf(streamWith(end))

  test('is read the same when it comes in two parts, wherever it is cut', () => {
    for (let at = 0; at <= bytes.length; at += 1)
      expect(readParts([bytes.slice(0, at), bytes.slice(at)])).toEqual(wanted)
  })

  test('is read the same when it comes byte by byte', () => {
    expect(readParts([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(wanted)
  })

  test('is read the same when it comes in three parts, one of them of up to five bytes', () => {
    for (let at = 0; at <= bytes.length; at += 1)
      for (let length = 0; length <= 5; length += 1)
        expect(readParts([bytes.slice(0, at), bytes.slice(at, at + length), bytes.slice(at + length)])).toEqual(wanted)
  })
})

describe('a message', () => {
  test.each<[string, string, Message[]]>([
    ['loses one space behind the colon, and no other', 'data:  a \n\n', [message(' a ')]],
    ['may have colons in its value', 'data: a: b\n\n', [message('a: b')]],
    ['may have a field without a colon', 'data\ndata\n\n', [message('\n')]],
    ['is empty with one empty line of data', 'data\n\n', [message('')]],
    ['is none without data', 'event: status\nid: 1.0\n\ndata: a\n\n', [message('a')]],
    ['is none before the empty line', 'data: a\n', []],
    ['leaves unknown fields out', 'other: b\n data: c\ndata: a\n\n', [message('a')]],
    ['has no id with U+0000', 'id: 1\0\ndata: a\n\n', [message('a')]],
    [
      'does not have the id of the one before',
      'id: 1.1\ndata: a\n\ndata: b\n\n',
      [message('a', '', '1.1'), message('b')],
    ],
    ['keeps a byte order mark that is not at the start', 'data: \uFEFFa\n\n', [message('\uFEFFa')]],
    ['may have lines with different ends', 'data: a\r\ndata: b\rdata: c\n\r\n', [message('a\nb\nc')]],
  ])('%s', (_, text, messages) => {
    expect(read(text).messages).toEqual(messages)
  })
})

test('a time to wait that is no number of milliseconds is left out', () => {
  expect(read('retry: soon\nretry: 1.5\nretry: -1\nretry:\nretry: 20\n').retries).toEqual([20])
})

test('a line of a megabyte in parts of ten bytes is read in less than a second of CPU time', () => {
  const text = `data: ${'x'.repeat(1_000_000)}\n\n`
  const bytes = bytesOf(text)
  const parts = Array.from({ length: Math.ceil(bytes.length / 10) }, (_, n) => bytes.slice(n * 10, n * 10 + 10))
  const begun = process.threadCpuUsage()
  expect(readParts(parts).messages[0]?.data).toHaveLength(1_000_000)
  const { user, system } = process.threadCpuUsage(begun)
  expect((user + system) / 1000).toBeLessThan(1_000)
})
