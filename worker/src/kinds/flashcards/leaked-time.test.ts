import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readOutput } from '../../llm/read-output.ts'
import { leastOf, longestTurn } from '../../testing/longest-turn.ts'
import { limits } from './limits.ts'
import { parse } from './parse.ts'

/**
 * Milliseconds of CPU time in one turn. JSON.parse alone takes 15 ms for 240,000 brackets. A scan that begins anew at each
 * of them would take minutes, one at each of 2,000 parts 200 ms to 1 s.
 */
const most = 100

/** What leaked texts are made of: openings, closings and halves of them, and what begins JSON. */
const pieces = [
  ...['<think>', '</think>', '</think', '<think ', '<thinking>', '</reasoning>', '[THINK]', '[/THINK]', '<|channel|>'],
  ...[
    '<|channel|>analysis<|message|>',
    '<|end|>',
    '<|',
    '<｜',
    '<tool_call>',
    '<function=a>',
    '<a ',
    '</',
    '[TOOL_CALLS]',
  ],
  ...['```', '```json\n', '{', '[', '}', ']', '"', '\\', '\\"', '{"a":', '[1]', 'a', 'a ', ' ', '\n', 'name ', 'to=a '],
]
const repeated = (text: string): string => text.repeat(Math.ceil(limits.answer / text.length)).slice(0, limits.answer)

const timeOf = (content: string): Promise<number> =>
  longestTurn(() => {
    const finish = content.length % 2 === 0 ? 'stop' : 'length'
    return readOutput({ content, finish }, parse, true)
  })

describe('readOutput with the longest answer', () => {
  test.each(pieces)(`takes under ${most} ms in one turn when the answer repeats %j`, async (piece) => {
    for (const start of ['', '<think>', '[', 'a', 'aa'])
      expect(await leastOf(most, () => timeOf(start + repeated(piece)))).toBeLessThan(most)
  })

  test(`takes under ${most} ms in one turn for any mixture`, async () => {
    const mixture = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(mixture, mixture, async (start, rest) => {
        expect(await leastOf(most, () => timeOf(start + repeated(rest)))).toBeLessThan(most)
      }),
      { numRuns: 100, interruptAfterTimeLimit: 20_000 },
    )
  })
})
