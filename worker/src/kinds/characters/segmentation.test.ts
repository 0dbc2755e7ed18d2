import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasAtLeastSentences, hasAtLeastWords } from './segmentation.ts'

const words = new Intl.Segmenter('en', { granularity: 'word' })
const sentences = new Intl.Segmenter('en', { granularity: 'sentence' })

const wordCount = (text: string): number => [...words.segment(text)].filter(({ isWordLike }) => isWordLike).length
const sentenceCount = (text: string): number =>
  [...sentences.segment(text)].filter(({ segment }) => /[\p{L}\p{N}]/u.test(segment)).length

/** What joins and divides words and sentences, in European text and beyond it. */
const pieces = [
  ...[
    'a',
    'Ab',
    'ż',
    'É',
    'œ',
    '7',
    '1,047',
    '3.5',
    "don't",
    'l’été',
    'a_b',
    '_',
    '__',
    '10:30',
    'e.g.',
    'x/y',
    'ª',
    'µ',
  ],
  ...[
    ' ',
    '  ',
    '\t',
    '\n',
    '\r\n',
    '.',
    '. ',
    '! ',
    '?',
    '…',
    '‥',
    '․',
    ':',
    ';',
    "'",
    '’',
    '“',
    '”',
    '–',
    '‑',
    '-',
    '(',
    ')',
  ],
  ...['\u00a0', '\u00ad', '\u200b', '\u0301', '\u00b7', '×', '²', '½', '\u2028', '\u0085', '\u000b', '\u000c'],
  ...['漢字', 'か', 'カ', '각', 'ไทย', 'م', 'я', '。', '！', '؟', '।', '🙂', '𝒜', '\u{1f1f5}\u{1f1f1}'],
]
const european = fc.array(fc.constantFrom(...pieces.slice(0, 41)), { maxLength: 40 }).map((parts) => parts.join(''))
const text = fc.oneof(
  european,
  fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join('')),
  fc.string({ unit: fc.integer({ min: 0, max: 0x24f }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
)
const runs = { numRuns: 2_000 }

describe('segmentation', () => {
  test('says for any text and number whether it has so many words as Intl.Segmenter', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 31 }), (text, least) => {
        const count = wordCount(text)
        for (const number of [least, count, count + 1].filter((number) => number > 0))
          if (hasAtLeastWords(text, number) !== count >= number) throw new Error(`${number} of ${count}`)
      }),
      runs,
    )
  })
  test('says for any text and number whether it has so many sentences as Intl.Segmenter', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (text, least) => {
        const count = sentenceCount(text)
        for (const number of [least, count, count + 1].filter((number) => number > 0))
          if (hasAtLeastSentences(text, number) !== count >= number) throw new Error(`${number} of ${count}`)
      }),
      runs,
    )
  })
  test('counts each word of a text of which every character stands for one', () => {
    expect(hasAtLeastWords(`${'a '.repeat(29)}a`, 30)).toBe(true)
    expect(hasAtLeastWords(`${'a '.repeat(29)}a`, 31)).toBe(false)
  })
})
