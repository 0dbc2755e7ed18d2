import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalise } from '../characters/normalise.ts'
import { createQuoteFinder } from './quote.ts'

const sliceCodePoints = (text: string, start: number, end: number) => [...text].slice(start, end).join('')

/** Finds a quote and checks that its code-point offsets slice the source to the returned text. */
const find = (source: string, quote: string) => {
  const found = createQuoteFinder(source)(quote)
  if (found !== null) expect(sliceCodePoints(source, found.quote_start, found.quote_end)).toBe(found.source_quote)
  return found
}

const sentences: Record<string, string> = {
  en: 'The bridge, 1,280 metres long, was not opened until 1937; its "towers" aren\'t grey - they are **orange**.',
  pl: 'Wisła ma 1047 km długości i nie płynie przez Poznań, lecz wpada do „Zatoki Gdańskiej” – pod *Mikoszewem*.',
  de: 'Die Brücke über den Fluß wurde 1894 nicht gebaut, sondern erst 1912 – sie heißt „Blaues Wunder“ und ist _280_ m lang.',
  ja: '富士山の高さは３７７６メートルで、最後の噴火は１７０７年だった。ガイドは登らない人にも「日本一」と話す。',
  ar: 'يبلغ طول نهر النيل ٦٦٥٠ كيلومترا ولا يمر في مدينة الإسكندرية، وهو من أطول أنهار العالم.',
}
const withContext = (sentence: string) => `Préface 🙂 ¹.\r\n\r\n> ${sentence}\r\n\r\nFin 👩‍🚀 de l’ouvrage.`

const harmless: Record<string, (sentence: string) => string> = {
  'nothing changed': (s) => s,
  'other styles of quotes and hyphens': (s) =>
    s
      .replace(/["“”„]/g, '”')
      .replace(/['’]/g, '‘')
      .replace(/[-–—]/g, '‑'),
  'decomposed characters (NFD)': (s) => s.normalize('NFD'),
  'composed characters (NFC)': (s) => s.normalize('NFC'),
  'full-width characters': (s) => s.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
  'half-width characters (NFKC)': (s) => s.normalize('NFKC'),
  'upper case, except for ß, whose upper case is SS': (s) => s.replace(/[^ß]/g, (c) => c.toUpperCase()),
  'other white space': (s) => ` ${s.replaceAll(' ', '\u00a0\n ')} `,
  'soft hyphens, zero-width spaces and bidi marks': (s) =>
    `\u200f${s.replace(/(\p{L})(\p{L})/gu, '$1\u00ad\u200b$2')}\u2069`,
  'Markdown removed': (s) => s.replace(/[*_`>#]/g, ''),
  'Markdown added': (s) => `**${s}**`,
}
const harmful: Record<string, (sentence: string) => string> = {
  'one digit changed': (s) => s.replace(/(\p{Nd})(\P{Nd})/u, (_, d, rest) => (d === '1' ? '2' : '1') + rest),
  'negation dropped': (s) => s.replace(/ not| nie| nicht|ない|لا (?=\p{L})/u, ''),
  'one word swapped': (s) => s.replace(/bridge|Wisła|Brücke|高さ|طول/u, 'water'),
  'one word dropped': (s) => s.replace(/ opened| długości| gebaut|最後の| مدينة/u, ''),
  'an invented ending': (s) => `${s} So it is said.`,
  'an invented sentence': () => 'Everybody agrees that this sentence was never written there.',
}

describe.each(Object.entries(sentences))('quote finder for a sentence in %s', (_, sentence) => {
  test.each(Object.entries(harmless))('finds the quote after a harmless change: %s', (_, change) => {
    const found = find(withContext(sentence), change(sentence))
    expect(found).not.toBeNull()
    expect(normalise(found?.source_quote ?? '')).toContain(normalise(sentence).replace(/[*_`]+\.?$/, ''))
  })
  test.each(Object.entries(harmful))('does not find the quote after a change of meaning: %s', (_, change) => {
    expect(change(sentence)).not.toBe(sentence)
    expect(find(withContext(sentence), change(sentence))).toBeNull()
  })
})

describe('quote slice', () => {
  test('has code-point offsets when astral characters and CRLF precede it', () => {
    expect(find('👩‍🚀🙂\r\nThe moon\r\nis far.', 'the moon is far.')).toEqual({
      source_quote: 'The moon\r\nis far.',
      quote_start: 6,
      quote_end: 23,
    })
  })
  test('includes all combining marks of its last letter', () => {
    const source = 'كَتَبَ الوَلَدُ الدَّرْسَ فِي البَيْتِ'
    expect(find(source, 'كَتَبَ الوَلَدُ الدَّرْس')?.source_quote).toBe('كَتَبَ الوَلَدُ الدَّرْسَ')
    expect(find('Il prit un cafe\u0301 noir.', 'Il prit un café')?.source_quote).toBe('Il prit un cafe\u0301')
    expect(find('Il prit un cafe\u00ad\u0301 noir.', 'Il prit un café')?.source_quote).toBe(
      'Il prit un cafe\u00ad\u0301',
    )
    expect(find('Il prit un cafe\u0301 noir.', 'Il prit un cafe')).toBeNull()
    expect(find('The letter J\u030c in Nama', 'the letter \u01f0 in nama')).not.toBeNull()
  })
  test('includes a whole ligature, ellipsis, unit or fraction when the quote has a part of it', () => {
    expect(find('An eﬃcient oﬀer ended…', 'efficient offer ended..')?.source_quote).toBe('eﬃcient oﬀer ended…')
    expect(find('It weighs 5 ㎏ and ½ more', '5 kg and 1⁄2 more')?.source_quote).toBe('5 ㎏ and ½ more')
  })
  test('excludes invisible characters after its end and includes those within', () => {
    expect(find('A so\u00adft hyphen here\u200b\u2069 ends', 'a soft hyphen here')?.source_quote).toBe(
      'A so\u00adft hyphen here',
    )
  })
  test('includes the Markdown of the source when the quote has none', () => {
    const source = '# On **big  data** and `small_ones`\n> go on\n> here'
    expect(find(source, 'big data and smallones go on here')?.source_quote).toBe(source.slice(7))
  })
})

describe('quote finder for numbers', () => {
  const source = 'There 1,500 people lived until 1937. In winter 500 people lived on 3.75 loaves, ١٢٥٠ of them.'
  test.each([
    '500 people lived until',
    'There 1,500 people lived until 193',
    'people lived on 3',
    'of them loaves, ١٢',
    'people lived on 3.7',
  ])('does not find a quote that begins or ends inside a number: %s', (quote) => {
    expect(find(source, quote)).toBeNull()
  })
  test('finds a quote at the place where its numbers are whole', () => {
    expect(find(source, '500 people lived')?.quote_start).toBe(source.indexOf('500 people lived on'))
    expect(find(source, 'people lived until 1937')).not.toBeNull()
    expect(find(source, '3.75 loaves, ١٢٥٠')).not.toBeNull()
  })
})

describe('quote finder for short quotes', () => {
  test.each([
    ['', 'empty'],
    ['the cat sat', 'eleven characters'],
    ['internationalisation', 'one word'],
    ['**** ____ #### >>>>', 'only Markdown marks'],
    ['日本の海は', 'five characters of Japanese'],
    ['コミュニケーション', 'one Japanese word'],
    ['\u0000 the cat sat on', 'a text with U+0000'],
    ['the cat sat \ud83d', 'a lone surrogate'],
  ])('does not find %j: %s', (quote) => {
    expect(
      find(`so the cat sat on internationalisation **** ____ #### >>>> 日本の海は青い。コミュニケーション`, quote),
    ).toBeNull()
  })
  test('finds a quote of twelve characters, or of six in Chinese, Japanese or Korean', () => {
    expect(find('so the cat sat o n', 'the cat sat o')).not.toBeNull()
    expect(find('夏の日本の海は青い。', '夏の日本の海')).not.toBeNull()
    expect(find('서울은 한국의 수도이다.', '서울은 한국의')).not.toBeNull()
  })
})

describe('quote finder for any text', () => {
  // Every piece is a whole character, so that no quote begins or ends between a base and its combining marks.
  const character = fc.constantFrom(
    ...[
      'a',
      'B',
      'z',
      ' ',
      ' ',
      '\r\n',
      '\n',
      '7',
      '٣',
      '“',
      '’',
      '—',
      '…',
      'ﬁ',
      'é',
      'e\u0301',
      'Ｗ',
      'ｶﾞ',
      '각',
      '\u1112\u1161\u11ab',
    ],
    ...[
      'ß',
      'İ',
      'Σ',
      '漢',
      'か',
      'بَ',
      '🙂',
      '👩\u200d🚀',
      '❤\ufe0f',
      '\u00ad',
      '\u200f',
      '*',
      '_',
      '>',
      'q\u0323\u0307',
      '½',
      'ﷺ',
    ],
  )
  const someCharacters = fc.array(character, { minLength: 1, maxLength: 40 }).map((parts) => parts.join(''))

  test('finds a quote of whole characters and returns a slice with the same normal form', () => {
    fc.assert(
      fc.property(someCharacters, someCharacters, someCharacters, (before, middle, after) => {
        const quote = `two words ${middle} and more`
        // In brackets, because a line that ends in a hyphen continues in a word.
        const source = `${before} (${quote}) ${after}`
        expect(normalise(find(source, quote)?.source_quote ?? '')).toBe(normalise(quote))
      }),
    )
  })
  test('does not find a quote with one word dropped or one digit changed', () => {
    const word = fc.stringMatching(/^[a-zäéł]{3,8}$/)
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 6, maxLength: 20 }),
        fc.nat(),
        fc.integer({ min: 1000, max: 9999 }),
        (words, at, year) => {
          const parts = [...words.slice(0, 3), String(year), ...words.slice(3)]
          const source = parts.map((part) => `(${part})`).join(' ')
          const inner = 1 + (at % (parts.length - 2))
          expect(find(source, parts.map((part) => `(${part})`).join(' '))).not.toBeNull()
          expect(find(source, source.replace(` (${parts[inner]})`, ''))).toBeNull()
          expect(find(source, source.replace(String(year), String(year === 9999 ? 1000 : year + 1)))).toBeNull()
        },
      ),
    )
  })
  test('throws no error, and each slice it returns stands at its offsets', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => void find(`${a}${b}`, b)),
    )
  })
})
