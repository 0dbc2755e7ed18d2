import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { personalData } from '../testing/example-personal-data.ts'
import type { ScrubKind } from './placeholder.ts'
import { scrub } from './scrub.ts'

const valuesOf = (...kinds: ScrubKind[]) =>
  kinds.flatMap((kind) => personalData[kind].map((value) => ({ kind, value })))
const allValues = valuesOf('email', 'phone', 'iban', 'card', 'national_id', 'ip', 'jwt', 'api_key')

const invisible = fc.constantFrom(
  '\u200b',
  '\u200c',
  '\u200d',
  '\u00ad',
  '\u2060',
  '\ufeff',
  '\u200e',
  '\u202c',
  '\ufe0f',
)
const rareInvisible = fc.constantFrom(
  '\u034f',
  '\u180e',
  '\u2066',
  '\u{e0020}',
  '\u{e0100}',
  '\u0008',
  '\u001f',
  '\u009f',
)
const wideGap = fc.constantFrom('\t', '  ', '   ', ' \t', '\n', '\r\n', ' \n', '\n  ', '\u2028', '\u00a0 ', ' \u200b ')

/** Returns the value with a piece after some of its characters, as the list tells for each character in turn. */
const withPieces = (value: string, pieces: readonly string[]): string =>
  Array.from(value, (character, index) => (index === 0 ? character : (pieces[index - 1] ?? '') + character)).join('')

const expectReplaced = (kind: ScrubKind, split: string): void => {
  const text = `Write to ${split} please.`
  const { text: scrubbed, counts, restore } = scrub(text)
  expect(scrubbed).toBe(`Write to [${kind.toUpperCase()}_1] please.`)
  expect(counts).toEqual({ [kind]: 1 })
  expect(restore(scrubbed)).toBe(text)
}

describe('scrub of values that are split', () => {
  test('replaces a value of any kind when invisible characters stand anywhere inside, and restores them', () => {
    const pieces = fc.array(fc.oneof(fc.constant(''), invisible, rareInvisible, fc.constant('\u00ad\n')), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(fc.constantFrom(...allValues), pieces, ({ kind, value }, inserted) => {
        // A soft hyphen before a space would end a line in the middle of the value.
        fc.pre(!/[\s]/.test(value) || !inserted.includes('\u00ad\n'))
        expectReplaced(kind, withPieces(value, inserted))
      }),
      { numRuns: 3_000 },
    )
  })

  test('replaces a number when tabs, several spaces or line breaks stand for its spaces', () => {
    const numbers = valuesOf('phone', 'iban', 'card', 'national_id').filter(({ value }) => value.includes(' '))
    fc.assert(
      fc.property(fc.constantFrom(...numbers), fc.array(wideGap, { minLength: 8 }), ({ kind, value }, gaps) => {
        let at = 0
        const split = value.replaceAll(' ', () => gaps[at++ % gaps.length] ?? ' ')
        fc.pre(kind !== 'phone' || /\+|^00/.test(value) || (split.match(/[\n\u2028]/g) ?? []).length < 3)
        expectReplaced(kind, split)
      }),
      { numRuns: 2_000 },
    )
  })

  test('replaces an IBAN, a card number or a personal number when one wide gap stands inside and no part is a value', () => {
    const numbers = valuesOf('iban', 'card', 'national_id')
    fc.assert(
      fc.property(fc.constantFrom(...numbers), wideGap, fc.nat(), ({ kind, value }, gap, random) => {
        const at = 1 + (random % (value.length - 1))
        const [first, second] = [value.slice(0, at), value.slice(at)]
        fc.pre(!/ $/.test(first) && !second.startsWith(' ') && scrub(second).text === second)
        expectReplaced(kind, first + gap + second)
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    ['anna@\nexample.org', 'email'],
    ['anna\t@example.org', 'email'],
    ['anna@exam\r\nple.org', 'email'],
    ['anna@example.\norg', 'email'],
    ['ANNA@EXAMPLE.\nORG', 'email'],
    ['anna\n.maria@mail.  example.org', 'email'],
    ['06123456\n78', 'phone'],
    ['06 12 3\n4 56 78', 'phone'],
    ['601-\t234-567', 'phone'],
    ['0472\n.12.34.56', 'phone'],
    ['192.16\n8.1.10', 'ip'],
    ['+39 347 123\n4567', 'phone'],
    ['203.0.113.\n77', 'ip'],
    ['2001:db8:85a3::\n8a2e:370:7334', 'ip'],
    [`AKIA${'IOSFOD\tNN7EXAMPLE'}`, 'api_key'],
    [`sk-${'proj-a1B2c3D4e5F6g7H8\ni9J0k1L2m3N4'}`, 'api_key'],
    [`eyJhbGciOiJFUzI1NiJ9.${'eyJzdWIi\nOiIxIn0xIn0.\nc2lnbmF0dXJl-1'}`, 'jwt'],
    [`eyJhbGci\nOiJFUzI1NiJ9.${'eyJzdWIiOiIxIn0.c2lnbmF0dXJl-1'}`, 'jwt'],
  ] as const)('replaces a value as a whole although it continues after a gap: %j', (value, kind) => {
    expectReplaced(kind, value)
  })

  test.each([
    ['anna@example.org\nwww.example.org', '[EMAIL_1]\nwww.example.org'],
    ['root@localhost\nanna.b@example.org', 'root@localhost\n[EMAIL_1]'],
    ['I am anna@home.\nPlease write.', 'I am anna@home.\nPlease write.'],
    ['x = 1\n@app.route("/")', 'x = 1\n@app.route("/")'],
    ['0612345678\n0798765432\n', '[PHONE_1]\n[PHONE_2]\n'],
    ['1\t601-234-567\n2\t601-234-568', '1\t[PHONE_1]\n2\t[PHONE_2]'],
    ['06\n12\n34\n56\n78', '06\n12\n34\n56\n78'],
    ['4111 1111 1111 1111\n5555 5555 5555 4444', '[CARD_1]\n[CARD_2]'],
    ['4111 1111 1111\n\n1111', '4111 1111 1111\n\n1111'],
    [`sk-${'a1B2c3D4e5F6g7H8'}\nsk-${'b1B2c3D4e5F6g7H8'}\nAWS_KEY_2=`, '[API_KEY_1]\n[API_KEY_2]\nAWS_KEY_2='],
    ['Tel\u200b+33612345678\u200bFax', 'Tel\u200b[PHONE_1]\u200bFax'],
    ['4111111111111111\u200babc', '[CARD_1]\u200babc'],
    ['+43 664 1234567\n06 12 34 56 78', '[PHONE_1]\n[PHONE_2]'],
    ['+46 70-123 45 67\u200bof', '[PHONE_1]\u200bof'],
    ['a@b\ntel.\nRSSMRA85T10A562S', 'a@b\ntel.\n[NATIONAL_ID_1]'],
    ['Directive 95/46/EC\n203.0.113.77', 'Directive 95/46/EC\n[IP_1]'],
    ['01.02.2026\n15 people', '01.02.2026\n15 people'],
    ['0800-1700\n0900-1500', '0800-1700\n0900-1500'],
    ['see 4.0.0.1\n12', 'see 4.0.0.1\n12'],
    ['sk-learn-and-some-other-words\tFR76', 'sk-learn-and-some-other-words\tFR76'],
    ['sk-learn-and-some-other-words\n00-950', 'sk-learn-and-some-other-words\n00-950'],
    ['see 12\n@example.org', 'see 12\n@example.org'],
    ['in total 000\nEC 3.4.21.4', 'in total 000\nEC 3.4.21.4'],
    ['+358 40 1234567\n01-02-2026 to 03-04-2026', '[PHONE_1]\n01-02-2026 to 03-04-2026'],
    ['601-234-567\u00ad601-234-568', '[PHONE_1]\u00ad[PHONE_2]'],
  ])('keeps what stands on another line, in another cell or behind an invisible character: %j', (text, scrubbed) => {
    const { text: actual, restore } = scrub(text)
    expect(actual).toBe(scrubbed)
    expect(restore(actual)).toBe(text)
  })

  test('gives values that differ only by an invisible character different placeholders, to restore each exactly', () => {
    const text = 'anna@example.org or an\u00adna@example.org'
    const { text: scrubbed, restore } = scrub(text)
    expect(scrubbed).toBe('[EMAIL_1] or [EMAIL_2]')
    expect(restore(scrubbed)).toBe(text)
  })
})

const body = 'MIIEpAIBAAKCAQEA7bq1\nXy/9+0==\n'
const block = (name: string, inside: string) => `-----BEGIN ${name}-----\n${inside}-----END ${name}-----`

describe('scrub of private keys', () => {
  test.each([
    [
      'encrypted',
      block('RSA PRIVATE KEY', `Proc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,0A1B2C3D4E5F6071\n\n${body}`),
    ],
    ['with rows of hyphens', block('EC PRIVATE KEY', `--- a - b ------ c\n${body}`)],
    ['of OpenPGP', block('PGP PRIVATE KEY BLOCK', `Comment: made-by-hand\n\n${body}=aB1c\n`)],
    [
      'of SSH2',
      `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: "a-b"\n${body}---- END SSH2 ENCRYPTED PRIVATE KEY ----`,
    ],
    ['with invisible characters', block('PRI\u200bVATE KEY', `${body}\u00ad${body}`)],
    ['with line breaks as in an environment file', block('PRIVATE KEY', body).replaceAll('\n', '\\n')],
  ])('replaces a key %s as a whole', (_, key) => {
    const text = `Keep ${key} and ${key.replace('MII', 'MIJ')}!`
    const { text: scrubbed, restore } = scrub(text)
    expect(scrubbed).toBe('Keep [API_KEY_1] and [API_KEY_2]!')
    expect(restore(scrubbed)).toBe(text)
  })
})
