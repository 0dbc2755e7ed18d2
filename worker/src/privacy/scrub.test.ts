import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { restoreDeep } from './restore-deep.ts'
import { scrub } from './scrub.ts'

const pemHead = '-----BEGIN PRIVATE KEY-----\n'
const pemTail = '\n-----END PRIVATE KEY-----'

describe('scrub placeholders', () => {
  test('are equal for equal values and numbered per kind for different values', () => {
    const { text, counts } = scrub('anna@example.org, eva@example.org, anna@example.org, +33 6 12 34 56 78')
    expect(text).toBe('[EMAIL_1], [EMAIL_2], [EMAIL_1], [PHONE_1]')
    expect(counts).toEqual({ email: 2, phone: 1 })
  })

  test('are never ones that the text already contains in any form', () => {
    const text = 'As [EMAIL_1], [email 2] and \\[EMAIL\\_3\\] say: anna@example.org'
    const scrubbed = scrub(text)
    expect(scrubbed.text).toBe('As [EMAIL_1], [email 2] and \\[EMAIL\\_3\\] say: [EMAIL_4]')
    expect(scrubbed.restore(scrubbed.text)).toBe(text)
  })

  test('are restored to the original text when brackets or backslashes surround the value', () => {
    for (const text of [
      '\\anna@example.org',
      '[anna@example.org]',
      '[EMAIL_anna@example.org1]',
      '\\[x +33612345678\\]',
    ]) {
      const { text: scrubbed, restore } = scrub(text)
      expect(scrubbed).not.toBe(text)
      expect(restore(scrubbed)).toBe(text)
    }
  })

  test.each([
    '[NATIONAL_ID_1]',
    '[national_id_1]',
    '[National ID 1]',
    '[NATIONAL-ID-1]',
    '[ NATIONAL_ID_1 ]',
    '[NATIONAL_ID1]',
  ])('are restored when a model writes the placeholder as %s', (written) => {
    expect(scrub('PESEL 44051401359').restore(`It is ${written}.`)).toBe('It is 44051401359.')
  })

  test('are restored when a model escapes them for Markdown', () => {
    expect(scrub('PESEL 44051401359').restore('\\[NATIONAL\\_ID\\_1\\] [NATIONAL\\_ID\\_1]')).toBe(
      '44051401359 44051401359',
    )
  })

  test('stay as they are when scrub did not create them', () => {
    const { restore } = scrub("Write to a'b&$&@example.org")
    expect(restore('[EMAIL_7] [PHONE_1] [EMAIL_01]')).toBe('[EMAIL_7] [PHONE_1] [EMAIL_01]')
  })

  test('are not used when a bearer value contains "$&", because such a value is no token', () => {
    expect(scrub(`Bearer ${'$&a1'.repeat(9)}`).text).toBe(`Bearer ${'$&a1'.repeat(9)}`)
  })

  test('are restored once when the source text contains a placeholder of its own', () => {
    const text = 'anna@example.org [EMAIL_1] eva@example.org'
    const { text: scrubbed, restore } = scrub(text)
    expect(scrubbed).toBe('[EMAIL_2] [EMAIL_1] [EMAIL_3]')
    expect(restore(scrubbed)).toBe(text)
  })

  test('replaces a private key as a whole although a JSON Web Token stands in it', () => {
    const text = `${pemHead}eyJhbGciOiJI.eyJzdWIi ${'QzMjEw'.repeat(9)}${pemTail} is the key.`
    const { text: scrubbed, restore } = scrub(text)
    expect(scrubbed).toBe('[API_KEY_1] is the key.')
    expect(restore(scrubbed)).toBe(text)
  })
})

const textPiece = fc.constantFrom(
  ...['eyJhbGciOiJI.eyJzdWIi', 'Bearer 0a1b2c3d4e5f6a7b8c9d', 'sk-0a1b2c3d4e5f6a7b'],
  ...[
    'anna@example.org',
    '+33 6 12 34 56 78',
    'tel. 601 234 567',
    '601 234 567',
    'DE89370400440532013000',
    '44051401359',
  ],
  ...[
    '4111 1111 1111 1111',
    '203.0.113.7',
    'fe80::1',
    '[EMAIL_1]',
    '[email 2]',
    '\\[PHONE_1\\]',
    '[NATIONAL\\_ID\\_1]',
  ],
  ...[
    '[',
    ']',
    '\\',
    '\\_',
    '_',
    'EMAIL',
    'PHONE_',
    '1',
    '2',
    ' ',
    ' ',
    '\n',
    '\u00a0',
    ...['\t', '  ', '\r\n', '\u200b', '\u00ad', '\u2060', '\ufe0f', '\u{e0001}', '\u001f'],
    '\u0000',
    '@',
    '.',
    '+',
    '日本',
    '\ud83d',
    '😀',
  ],
)
const privateKey = fc.array(textPiece, { maxLength: 6 }).map((pieces) => pemHead + pieces.join(' ') + pemTail)
const anyText = fc
  .array(fc.oneof(textPiece, privateKey, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 30 })
  .map((pieces) => pieces.join(''))

describe('scrub of any text', () => {
  test('returns a restore function that gives back the original text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { text: scrubbed, restore } = scrub(text)
        expect(restore(scrubbed)).toBe(text)
      }),
      { numRuns: 2_000 },
    )
  })

  test('counts at least one value exactly when the scrubbed text differs from the original', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { text: scrubbed, counts } = scrub(text)
        expect(scrubbed === text).toBe(Object.keys(counts).length === 0)
        for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0)
      }),
    )
  })
})

describe('restoreDeep', () => {
  const { restore } = scrub('Write to anna@example.org')

  test('restores every string value of a parsed answer and changes no key, number, boolean or null', () => {
    const answer: unknown = JSON.parse(
      '{"cards":[{"front":"Whose is [EMAIL_1]?","back":"[email_1]","n":1,"ok":true,"none":null}],"[EMAIL_1]":2}',
    )
    expect(restoreDeep(answer, restore)).toEqual({
      cards: [{ front: 'Whose is anna@example.org?', back: 'anna@example.org', n: 1, ok: true, none: null }],
      '[EMAIL_1]': 2,
    })
  })

  test('copies "__proto__" as an ordinary key and does not throw for 5,000 nested arrays', () => {
    const tricky = restoreDeep(JSON.parse('{"__proto__":{"polluted":"[EMAIL_1]"}}'), restore)
    expect(JSON.stringify(tricky)).toBe('{"__proto__":{"polluted":"anna@example.org"}}')
    expect(Object.getPrototypeOf(tricky)).toBe(Object.prototype)
    const deep: unknown = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000))
    expect(() => restoreDeep(deep, restore)).not.toThrow()
  })
})
