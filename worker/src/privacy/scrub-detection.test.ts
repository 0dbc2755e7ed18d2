import { describe, expect, test } from 'vitest'
import { personalData } from '../testing/example-personal-data.ts'
import { scrub } from './scrub.ts'

const cases = Object.entries(personalData).flatMap(([kind, ofKind]) => ofKind.map((value) => [kind, value] as const))

describe('scrub detection', () => {
  /** Each value stands in six contexts; scrubbing must replace the value and nothing else. */
  test.each(cases)('replaces a value of kind %s and nothing around the value: %s', (kind, value) => {
    const placeholder = `[${kind.toUpperCase()}_1]`
    for (const [before, after] of [
      ['Write to ', ' please.'],
      ['(', ')'],
      ['お問い合わせは', 'まで。'],
      ['| name | ', ' |'],
      ['**', '**, then'],
      ['"', '".'],
    ] as const) {
      const text = before + value + after
      const { text: scrubbed, counts, restore } = scrub(text)
      expect(scrubbed).toBe(before + placeholder + after)
      expect(counts).toEqual({ [kind]: 1 })
      expect(restore(scrubbed)).toBe(text)
    }
  })

  test.each([
    ['tel. 601 234 567', 'tel. [PHONE_1]'],
    ['Telefon komórkowy: 601234567', 'Telefon komórkowy: [PHONE_1]'],
    ['My phone number is 555 123 4567.', 'My phone number is [PHONE_1].'],
    ['Tél : 12 34 56 78', 'Tél : [PHONE_1]'],
    ['☎️ 912 345 678', '☎️ [PHONE_1]'],
    ['NIP: 123-456-32-18', 'NIP: [NATIONAL_ID_1]'],
    ['NIP PL5260250274', 'NIP PL[NATIONAL_ID_1]'],
    ['BSN 111222333', 'BSN [NATIONAL_ID_1]'],
    ['NIF 123456789', 'NIF [NATIONAL_ID_1]'],
    ['IP 1.2.3.4', 'IP [IP_1]'],
    ['https://1.2.3.4/', 'https://[IP_1]/'],
    ['1.1.1.1:53', '[IP_1]:53'],
    ['::ffff:203.0.113.77', '::ffff:[IP_1]'],
    ['Authorization: Bearer 0a1b2c3d4e5f6a7b8c9d', 'Authorization: Bearer [API_KEY_1]'],
  ])('detects an otherwise ambiguous number beside a keyword, port or scheme: %s', (text, scrubbed) => {
    expect(scrub(text).text).toBe(scrubbed)
  })

  test('replaces every occurrence of a number when one occurrence stands beside a keyword', () => {
    expect(scrub('tel. 601 234 567; he wrote 601 234 567 again, not 1601 234 5671').text).toBe(
      'tel. [PHONE_1]; he wrote [PHONE_1] again, not 1601 234 5671',
    )
  })

  test.each([
    ['+33 6 12 34 56 78 12 rue Haute', '[PHONE_1] 12 rue Haute'],
    ['DE89 3704 0044 0532 0130 00 BIC', '[IBAN_1] BIC'],
    ['7,44051401359,4111111111111111,12/27', '7,[NATIONAL_ID_1],[CARD_1],12/27'],
    ['0612345678,0798765432', '[PHONE_1],0798765432'],
    ['06 12 34 56 78, 07 98 76 54 32', '[PHONE_1], [PHONE_2]'],
    ['_anna@example.org_', '_[EMAIL_1]_'],
    ['<mailto:anna@example.org>', '<mailto:[EMAIL_1]>'],
    ['anna@example.org,eva@example.org', '[EMAIL_1],[EMAIL_2]'],
    ['4111 1111 1111 1111 12/27', '[CARD_1] 12/27'],
    ['4111 1111 1111 1111 123', '[CARD_1] 123'],
  ])('keeps the text next to a value when only punctuation or a space separates them: %s', (text, scrubbed) => {
    expect(scrub(text).text).toBe(scrubbed)
  })

  test.each([
    'DE89370400440532013001',
    '4111 1111 1111 1112',
    '44051401358',
    '12345678A',
    'RSSMRA85T10A562T',
    '811228-9875',
  ])('ignores a number with a wrong check digit: %s', (value) => {
    expect(scrub(`See ${value} there.`).counts).toEqual({})
  })
})
