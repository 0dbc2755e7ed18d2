import fc from 'fast-check'
import type { ExportedCard } from '../card.ts'

// What is special in one format or another, between any other characters.
const pieces = [
  ...['\t', '\n', '\r', '\r\n', '"', "'", ',', ';', '#', '=', '+', '-', '@', '＝', '\\', '<', '>', '&', ' ', '\u00a0'],
  ...[
    '\u0001',
    '\u001f',
    '\u0080',
    '\u2028',
    '\ufeff',
    '\u202e',
    'العربية',
    'עברית',
    '日本語',
    'ą',
    '😀',
    '👩‍👩‍👧',
    'e\u0301',
  ],
  ...['{{c1::x}}', '{{{c2::y}}', '<script>alert(1)</script>', '<br>', '<img src=x>', '<!--', '&amp;', '&#38;', '&lt'],
  ...['[latex]x[/latex]', '[$]x[/$]', '[$$]', '\\(x\\)', '\\[y\\]', '[sound:a.mp3]', '[anki:tts]', '<span></span>'],
  ...[
    '1. ',
    '- ',
    '    ',
    '***',
    '_x_',
    '`',
    '~~',
    '|',
    '$$',
    'www.example.org',
    'https://example.org',
    'a@b.org',
    'x',
  ],
]

/** Any text that a card can have. */
export const anyText = fc
  .array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, fc.string({ unit: 'binary', maxLength: 8 })), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) => parts.join('').replaceAll('\0', ''))
  .filter((text) => /[^\s\u0085]/u.test(text) && text.isWellFormed() && [...text].length <= 200)

const anyTag = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 8 })
  .map((tag) => tag.replaceAll(/[\s\p{Cc}]/gu, ''))

/** Any cards that a person can have. */
export const anyCards = fc
  .uniqueArray(
    fc.record({
      id: fc.uuid(),
      front: anyText,
      back: anyText,
      source_quote: fc.option(anyText),
      tags: fc.uniqueArray(
        anyTag.filter((tag) => tag !== '' && tag.isWellFormed()),
        { maxLength: 4 },
      ),
      created_at: fc.constant('2026-01-01T00:00:00.000Z'),
      updated_at: fc.constant('2026-01-02T00:00:00.000Z'),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 5 },
  )
  .map((cards): ExportedCard[] => cards)
