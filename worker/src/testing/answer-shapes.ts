import fc from 'fast-check'
import { draftOf, wrappings } from './wrapped-answers.ts'

/** The text that generated cards are about: several scripts, numbers, TeX, marks, line breaks and a PDF's hyphen. */
export const source = [
  'The lighthouse of Kõpu burned 1,250.5 kg of wood until 1531.',
  'Łódź: "cafe\u0301" to nie „kawa”, a −5\u00a0km² to nie 5 km.',
  '$\\alpha \\times \\frac{a}{b}$ ist nicht lösbar. Donau-\ndampfschiff.',
  '光合作用は葉緑体で\n行われる。水は H₂O と書く。한국어 문장. 🎴👩‍🚀 مرحبا بالعالم שָׁלוֹם',
  'Use <think> and [TOOL_CALLS] or {"cards": []} as words; see https://example.org/a?b=1&c=2.',
].join('\n')
const sourcePoints = [...source]

/** What breaks parsers, gates and databases: controls, surrogates, marks, escapes, starts of markup. */
const pieces = [
  ...['\u0000', '\u0007', '\t', '\r', '\n', '\u007f', '\u0085', '\u2028', '\ud800', '\udc00', '\ufeff', '\u200b'],
  ...['\u0301', '\u202e', '\ufffe', 'ﷺ', '𝟙', '🎴', '漢', '\\', '\\times', '\\u', '\\ud800', '"', "'", '`', '```'],
  ...['{', '}', '[', ']', ',', ':', '<', '>', '<think>', '</think>', '<|im_end|>', '[TOOL_CALLS]', '<b>x</b>'],
  ...['https://evil.example', '&lt;a&gt;', '%3Cscript%3E', 'null', '1e999', '-0', '__proto__', 'data: ', '[DONE]'],
  ...['wood', ' ', '1531', 'Łódź', '葉緑体'],
]
const piece = fc.constantFrom(...pieces)
const junk = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(''))
const long = fc.tuple(piece, fc.constantFrom(300, 3000, 20_000)).map(([text, length]) => text.repeat(length))

const quote = fc
  .tuple(fc.nat(sourcePoints.length), fc.integer({ min: 1, max: 120 }))
  .map(([start, length]) => sourcePoints.slice(start, start + length).join(''))
const sentence = fc.constantFrom(...source.split('\n'))
const altered = fc
  .tuple(quote, piece, fc.nat(60))
  .map(([text, inside, at]) => text.slice(0, at) + inside + text.slice(at))
const side = fc.oneof(
  { weight: 6, arbitrary: quote.map((text) => text.slice(0, 60)) },
  { weight: 3, arbitrary: altered },
  { weight: 2, arbitrary: junk },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)
const value = fc.oneof(junk, fc.constantFrom<unknown>(null, true, 1e308, -1, [], {}, [[]]))
const card: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      front: side.map((text) => `What is ${text}?`),
      back: side,
      source_quote: fc.oneof({ weight: 4, arbitrary: sentence }, quote, altered),
    }),
  },
  { weight: 2, arbitrary: fc.record({ front: value, back: side, source_quote: value }, { requiredKeys: [] }) },
  { weight: 1, arbitrary: value },
)

/** The text of an answer: JSON, perhaps wrapped and then damaged. */
const json = fc
  .tuple(fc.array(card, { maxLength: 4 }), fc.constantFrom<0 | 1 | 2>(0, 0, 1, 2))
  .map(([cards, form]) => (form === 1 ? JSON.stringify(cards) : JSON.stringify({ cards }, null, form)))
const wrapped = fc
  .tuple(json, fc.constantFrom(...wrappings), fc.nat(source.length))
  .map(([text, wrap, at]) => wrap(text, draftOf(sourcePoints, at)))
type Damage = (text: string, at: number, inside: string) => string
const damages: Damage[] = [
  (text, at) => text.slice(0, at),
  (text, at, inside) => text.slice(0, at) + inside + text.slice(at),
  (text, at) => text.slice(0, at) + text.slice(at + 1),
  (text) => text.replaceAll('\\\\', '\\'),
  (text) => text.replaceAll('\\n', '\n'),
]
const damaged = fc
  .tuple(wrapped, fc.constantFrom(...damages), fc.nat(), piece)
  .map(([text, damage, at, inside]) => damage(text, at % (text.length + 1), inside))

/** The text that a model writes. */
export const content = fc.oneof(
  { weight: 20, arbitrary: json },
  { weight: 12, arbitrary: wrapped },
  { weight: 6, arbitrary: damaged },
  { weight: 1, arbitrary: junk },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.tuple(long, wrapped).map(([text, rest]) => text.slice(0, 40_000) + rest) },
)
