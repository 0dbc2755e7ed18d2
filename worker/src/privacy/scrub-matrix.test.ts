import { describe, expect, test } from 'vitest'
import type { ScrubKind } from './placeholder.ts'
import { scrub } from './scrub.ts'

// Each credential is assembled from two parts, so that secret scanners do not report this file.
const signature = 'a1B2c3D4e5F6g7H8i9J0'.repeat(5).slice(0, 86)
const values: [ScrubKind, string][] = [
  ['email', 'lena.vogt@mail.example.net'],
  ['email', 'ｌｅｎａ＠ｅｘａｍｐｌｅ．ｎｅｔ'],
  ['card', '5105105105105100'],
  ['card', '4012 8888 8888 1881'],
  ['card', '３７１４-４９６３５３-９８４３１'],
  ['card', '𝟒𝟎𝟏𝟐𝟖𝟖𝟖𝟖𝟖𝟖𝟖𝟖𝟏𝟖𝟖𝟏'],
  ['iban', 'NL91ABNA0417164300'],
  ['iban', 'CH93 0076 2011 6238 5295 7'],
  ['phone', '+49 151 23456789'],
  ['phone', '+48512345678'],
  ['phone', '01 45 67 89 10'],
  ['phone', '০১৪৫৬৭৮৯১০'],
  ['national_id', '02070803628'],
  ['national_id', '2 69 05 49 588 157 80'],
  ['jwt', `eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.${'eyJzdWIiOiI3Iiwicm9sZSI6ImEifQ'}.${signature}`],
  ['api_key', `ghp_${'q7W8e9R0t1Y2u3I4o5P6a7S8d9F0g1H2j3K4'}`],
  ['api_key', `AKIA${'Q7W8E9R0T1Y2U3I4'}`],
  ['api_key', `-----BEGIN ${'EC PRIVATE KEY-----\nMHcCAQEEIIGq7W8e9R0t1Y2u3I4o5P6\n-----END'} EC PRIVATE KEY-----`],
  ['api_key', 'lena:s3cr3t+w0rd'],
]

const contextOf = (value: string): [string, string] =>
  value.startsWith('lena:') ? ['see postgres://', '@localhost/app now'] : ['Write to ', ' please.']

/** Returns the value with the inserted piece marked, for each position at which it is not replaced as a whole. */
const notReplaced = (kind: ScrubKind, value: string, piece: string): string[] => {
  const [before, after] = contextOf(value)
  const characters = Array.from(value)
  return characters.slice(1).flatMap((_, index) => {
    const [head, tail] = [characters.slice(0, index + 1).join(''), characters.slice(index + 1).join('')]
    const text = before + head + piece + tail + after
    const { text: scrubbed, restore } = scrub(text)
    expect(restore(scrubbed)).toBe(text)
    return scrubbed === `${before}[${kind.toUpperCase()}_1]${after}` ? [] : [`${head}|${tail}`]
  })
}

const unseen = [
  ...['\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u180e', '**', '*', '`', '~~', '\u00ad\n'],
  ...['\u200b\u2060', '\u00ad\ufeff', '**\u200b', '\ufeff**', '\u200d`'],
]
const wide = [
  '\t',
  '  ',
  '\n',
  '\r\n',
  ' \n',
  '\u2028',
  '\u00a0 ',
  '\u200b\n',
  '\r\n\u00ad',
  '\t\u2060',
  '**\n',
  '\t\t',
]
const unusual = ['\u00a0', '\u202f', '\u3000', '\u2009', '\u00a0\u200b', '\u00ad\u202f', '**\u00a0']

// A whole address stands on one side, and what stands on the other side of the gap may be a word of the text.
const ambiguous = [
  'l|ena.vogt@mail.example.net',
  'le|na.vogt@mail.example.net',
  'len|a.vogt@mail.example.net',
  'lena.|vogt@mail.example.net',
  'lena.vogt@mail.example.ne|t',
  ...['ｌ|ｅｎａ', 'ｌｅ|ｎａ', 'ｌｅｎ|ａ'].map((name) => `${name}＠ｅｘａｍｐｌｅ．ｎｅｔ`),
  'ｌｅｎａ＠ｅｘａｍｐｌｅ．ｎｅ|ｔ',
]

describe('scrub of a value with something inserted at every position', () => {
  test.each(unseen)('replaces each value as a whole, whatever its kind, around %j', (piece) => {
    expect(values.flatMap(([kind, value]) => notReplaced(kind, value, piece))).toEqual([])
  })

  test.each([...wide, ...unusual])(
    'replaces each value as a whole, but for ambiguous addresses, around %j',
    (piece) => {
      expect(values.flatMap(([kind, value]) => notReplaced(kind, value, piece))).toEqual(ambiguous)
    },
  )

  const oneLine = values.filter(([, value]) => !value.includes('\n'))
  test.each(oneLine)('does not read over an empty line within a value of the kind %s: %s', (kind, value) => {
    const half = Math.floor(value.length / 2)
    const text = `${value.slice(0, half)}\n\n${value.slice(half)}`
    expect(scrub(text).text).not.toBe(`[${kind.toUpperCase()}_1]`)
    expect(scrub(text).restore(scrub(text).text)).toBe(text)
  })
})

// A value whose one part is complete by itself, and whose other part may be another number or a word.
const incomplete: [string, string][] = [
  ['anna@example.o\nrg', '[EMAIL_1]'],
  ['anna@mail.exam\nple.co.uk', '[EMAIL_1]'],
  ['anna@mail.example.\nco.uk', '[EMAIL_1]'],
  ['anna@mail.example.\norg', '[EMAIL_1]'],
  ['anna@mail.example\n.co.uk', '[EMAIL_1]'],
  ['anna@xn--\nbcher-kva.example', '[EMAIL_1]'],
  ['anna+\nschool@example.org', '[EMAIL_1]'],
  ['anna.ma\nria@example.org', '[EMAIL_1]'],
  ['example.org\nanna@example.org', 'example.org\n[EMAIL_1]'],
  ['www.example.shop\nanna@example.org', 'www.example.shop\n[EMAIL_1]'],
  ['e.g.\nanna@example.org', 'e.g.\n[EMAIL_1]'],
  ['Anna Maria\nanna@example.org', 'Anna Maria\n[EMAIL_1]'],
  ['anna@example.or\ng', '[EMAIL_1]\ng'],
  ['anna@example.org\nwww.example.org', '[EMAIL_1]\nwww.example.org'],
  ['anna@example.org\nNode.js', '[EMAIL_1]\nNode.js'],
  ['anna@example.org\ne.g. this', '[EMAIL_1]\ne.g. this'],
  ['0171 12345\n67', '[PHONE_1]\n67'],
  ['07911 123456\n2. Anna', '[PHONE_1]\n2. Anna'],
  ['0\n44 668 18 00', '0\n[PHONE_1]'],
  ['22 12\n3 45 67', '[PHONE_1]'],
  ['06.\n12.34.56.78', '[PHONE_1]'],
  ['04\n75.12.34.56', '[PHONE_1]'],
  ['0033 6.1\n2.34.56.78', '[PHONE_1]'],
  ['192.168.1.1\n0', '[IP_1]\n0'],
  ['2001:db8:85a3::8\na2e:370:7334', '[IP_1]'],
  ['fe80::1\n10:30', '[IP_1]\n10:30'],
  [`sk-${'a1B2c3D4e5F6g7H8'}\nabcdef`, '[API_KEY_1]\nabcdef'],
  [`sk-${'a1B2c3D4e5F6g7H8'}\n3D printing`, '[API_KEY_1]\n3D printing'],
  [`sk-${'a1B2c3D4e5F6g7H8'}\nx9Y8z7`, '[API_KEY_1]'],
  [`sk-${'a1B2c3D4e5F6g7H8-'}\nplease`, '[API_KEY_1]'],
]

describe('scrub of values of which one side of a gap is complete', () => {
  test.each(incomplete)('replaces what belongs to the value alone: %j', (text, scrubbed) => {
    const { text: actual, restore } = scrub(text)
    expect(actual).toBe(scrubbed)
    expect(restore(actual)).toBe(text)
  })

  test('replaces a telephone number and the next line whole, when they share digits that pass as a card number', () => {
    const text = 'Call 0171 4012\n8888 8888 1881 today.'
    expect(scrub(text).text).toBe('Call [CARD_1] today.')
    expect(scrub(text).restore('Call [CARD_1] today.')).toBe(text)
  })

  test.each([
    ['**4111** 1111 1111 1111', '**[CARD_1]'],
    ['_4111 1111 1111 1111_', '_[CARD_1]_'],
    ['__4111__ 1111 *1111* 1111', '__[CARD_1]'],
    ['- `+48 512` 345 678', '- `[PHONE_1]'],
    ['anna\\_maria@example.org', '[EMAIL_1]'],
    ['* 4012 8888\n* 8888 1881', '* 4012 8888\n* 8888 1881'],
    ['4012 * 8888 * 8888 * 1881', '4012 * 8888 * 8888 * 1881'],
    ['| 4012 8888 | 8888 1881 |', '| 4012 8888 | 8888 1881 |'],
    ['4\u00a0111\u00a0111\u00a0111\u00a0111\u00a0111 people', '4\u00a0111\u00a0111\u00a0111\u00a0111\u00a0111 people'],
    ['601\u202f234\u202f567 people', '601\u202f234\u202f567 people'],
    ['mysql://root@localhost/db', 'mysql://root@localhost/db'],
    ['https://anna:pass@example.org/x', 'https://[API_KEY_1]@example.org/x'],
    ['redis://:hunter2@cache:6379', 'redis://[API_KEY_1]@cache:6379'],
    ['http://localhost:80\neva@example.org', 'http://localhost:80\n[EMAIL_1]'],
    ['at 10:30 @anna wrote', 'at 10:30 @anna wrote'],
  ])('reads Markdown, unusual spaces and URLs as a person does: %j', (text, scrubbed) => {
    const { text: actual, restore } = scrub(text)
    expect(actual).toBe(scrubbed)
    expect(restore(actual)).toBe(text)
  })
})
