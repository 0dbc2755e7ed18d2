import { codePoints } from '@recto/shared/text'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leastOf, longestTurn } from '../../testing/longest-turn.ts'
import { gate } from './gate.ts'
import { parse } from './parse.ts'
import { request } from './prompt.ts'

/** Milliseconds of CPU time in one turn of the gate, which hands the turn on more often than that. */
const most = 20
/** The same for JSON.parse, which takes 15 ms for 240,000 brackets. Quadratic time would be minutes. */
const mostOfParse = 100

/** What texts and answers are repeated from: marks, characters with long normal forms, and starts of many patterns. */
const pieces = [
  ...[
    'a',
    ' ',
    'a ',
    '1',
    '1 ',
    '1.',
    '1,000 ',
    '漢',
    'か',
    '각',
    'ا',
    'ก',
    '🙂',
    '\n',
    '- a\n',
    '. ',
    '"',
    '*',
    '_',
    '#',
  ],
  ...[
    '\u0301',
    '\u0323\u0301',
    '\u0345\u0307\u0301\u05b0',
    'e\u0301',
    '\u{1d165}\u0301\u0323',
    '\u0f73\u0f71',
    '\u0b95\u0bbe',
  ],
  ...['ﷺ', 'ﷻ', '㌖', '\ufb2c', '\u1112\u1161', '\uff76\uff9e', '\u200b', '\u00ad', '\ufe0f', '\u{e0041}', 'x\u200d'],
  ...[
    '[',
    '](',
    '( ',
    'a.',
    '://',
    'www.',
    'a@',
    '<a ',
    '<!--',
    '[url',
    '\\href{',
    'h t t p ',
    '. com',
    'dot ',
    '/',
    'a:',
  ],
  ...[
    '&',
    '&lt;',
    '&amp;',
    '%25',
    '\\u0025',
    'A1b',
    '0x',
    'a1',
    '01000001',
    '\\',
    '\\frac{a}',
    '&#x301;',
    '<',
    '>',
    '```',
  ],
]
const repeated = (text: string, length: number): string =>
  [...text.repeat(Math.ceil(length / Math.max(1, codePoints(text))))].slice(0, length).join('')

const timeOf = async (sourceText: string, content: unknown[]): Promise<number> => {
  const asked = request({ sourceText, options: { max_cards: 30 }, delimiter: 'text-0123456789ab' })
  return longestTurn(() => gate({ content, sourceText, options: { max_cards: 30 }, request: asked }))
}

/** Cards as long as they may be, and far longer, whose quotes nearly occur. */
const cardsOf = (text: string): unknown[] => [
  { front: repeated(text, 200), back: repeated(text, 500), source_quote: `two words ${repeated(text, 1900)}` },
  { front: repeated(text, 199), back: repeated(text, 499), source_quote: `${repeated(text, 1900)} two words` },
  { front: `q${repeated(text, 190)}`, back: 'b', source_quote: repeated(text, 2000) },
  { front: 'q', back: `${repeated(text, 490)}!`, source_quote: repeated(text, 20_000) },
  { front: repeated(text, 20_000), back: 'b', source_quote: 'c' },
  { front: 'q', back: repeated(text, 20_000), source_quote: 'c' },
]

describe('one turn of the event loop', () => {
  test.each(pieces)(`takes under ${most} ms when source and cards repeat %j`, async (piece) => {
    const source = repeated(piece, 10_000)
    const cards = [...cardsOf(piece), ...cardsOf(piece), ...cardsOf(piece)]
    expect(await leastOf(most, () => timeOf(source, cards))).toBeLessThan(most)
  })

  test(`takes under ${most} ms for any mixture of what is slow`, async () => {
    const mixture = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(mixture, mixture, async (inSource, inCards) => {
        const time = () => timeOf(repeated(inSource, 10_000), [...cardsOf(inCards), ...cardsOf(inSource)])
        expect(await leastOf(most, time)).toBeLessThan(most)
      }),
      // Mixtures that took longer once come first.
      {
        numRuns: 60,
        interruptAfterTimeLimit: 30_000,
        examples: [
          ['\u00adか', 'a<!--<a'],
          ['\u00ad\nか', '\u00ad\nか'],
        ],
      },
    )
  })

  test(`takes under ${most} ms for an element of 256 kB, and for 1,900 elements`, async () => {
    const marks = '\u0323\u0301'.repeat(64_000)
    const source = repeated('The lamp burns oil. ', 10_000)
    const long = { front: marks, back: marks, source_quote: marks }
    const phrase = { front: 'ﷺ'.repeat(200), back: 'ﷺ'.repeat(400), source_quote: 'ﷺ'.repeat(500) }
    for (const content of [[long], Array<unknown>(1900).fill(phrase)])
      expect(await leastOf(most, () => timeOf(source, content))).toBeLessThan(most)
  })

  test.each([
    ['cut off in its last element', `[${'{},'.repeat(79_000)}{"`],
    ['of numbers', `[${'1,'.repeat(119_000)}1]`],
    ['of brackets', '['.repeat(240_000)],
    ['of strings', `["${'\\u0301'.repeat(39_000)}"]`],
    ['of 4 MB', `["${'a'.repeat(4_000_000)}"]`],
    ['of objects that end too early', `[${'{"a":}'.repeat(27_000)}`],
  ])(`takes under ${mostOfParse} ms to parse an answer %s`, async (_, answer) => {
    const time = () => longestTurn(() => parse(answer, 'length'))
    expect(await leastOf(mostOfParse, time)).toBeLessThan(mostOfParse)
  })
})

test('gate counts the elements that follow too many others', async () => {
  const sourceText = repeated('The lamp burns oil. ', 1000)
  const asked = request({ sourceText, options: {}, delimiter: 'text-0123456789ab' })
  const { dropped } = await gate({ content: Array<unknown>(1900).fill(null), sourceText, options: {}, request: asked })
  expect(dropped).toEqual({ invalid_shape: 33, too_many: 1867 })
})
