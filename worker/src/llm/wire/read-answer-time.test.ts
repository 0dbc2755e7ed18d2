import { expect, test } from 'vitest'
import { leastOf, longestTurn } from '../../testing/longest-turn.ts'
import { emptyCompletion } from './completion.ts'
import { readAnswer } from './read-answer.ts'

/** An answer whose pieces arrive together, as those of a connection do that is faster than its reader. */
const answerOf = (pieces: string[]): ReadableStream<Uint8Array> => {
  const bytes = pieces.map((piece) => Buffer.from(piece))
  return new ReadableStream({
    start: (stream) => {
      for (const piece of bytes) stream.enqueue(piece)
      stream.close()
    },
  })
}

const repeated = (count: number, piece: (n: number) => string) => Array.from({ length: count }, (_, n) => piece(n))

const frame = (fields: object) => `data: ${JSON.stringify(fields)}\n\n`

const hostile: [string, string[]][] = [
  ['a usage with another field in each frame', repeated(4_000, (n) => frame({ usage: { [`field${n}`]: 1 } }))],
  ['a line that never ends, in small pieces', ['data: ', ...repeated(60_000, () => 'word')]],
  ['an event of many lines', repeated(40_000, () => 'data: x\n')],
  ['an error in each frame', repeated(10_000, (n) => frame({ error: { [`field${n}`]: n }, provider: 'x' }))],
  [
    'thinking in each frame',
    repeated(10_000, () => frame({ choices: [{ delta: { reasoning_details: [[{ text: 'x' }]] } }] })),
  ],
  ['a text in each frame', repeated(20_000, () => frame({ choices: [{ delta: { content: 'x' } }] }))],
  ['many choices', [frame({ choices: repeated(40_000, () => 'x') })]],
  ['a body in one piece, in small pieces', ['{"choices": "', ...repeated(40_000, () => 'word')]],
]

/**
 * Milliseconds of CPU time for some hundred kilobytes. A worker whose heartbeat is ten seconds late loses all of its
 * runs.
 */
const most = 600

test.each(hostile)(`an answer takes time in proportion to its length: %s`, async (_, pieces) => {
  const read = () =>
    longestTurn(() =>
      readAnswer(answerOf(pieces), emptyCompletion(), 100_000, new AbortController().signal, () => undefined),
    )
  expect(await leastOf(most, read)).toBeLessThan(most)
})
