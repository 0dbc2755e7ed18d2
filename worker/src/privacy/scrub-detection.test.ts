import { describe, expect, test } from 'vitest'
import type { ScrubKind } from './placeholder.ts'
import { scrub } from './scrub.ts'

/** Values by kind. A test puts each value into six contexts; scrubbing must replace the value and nothing else. */
const values: Record<ScrubKind, string[]> = {
  email: [
    'anna@example.org',
    'anna.maria+school@mail.example.co.uk',
    "o'neill@example.ie",
    'ANNA_1@EXAMPLE.ORG',
    'józef.żak@przykład.pl',
    'müller@xn--bcher-kva.example',
    'иван@почта.рф',
    'ａｎｎａ＠ｅｘａｍｐｌｅ．ｏｒｇ',
  ],
  phone: [
    ...['+33 6 12 34 56 78', '+33 (0)6 12 34 56 78', '(+33) 6 12 34 56 78', '+33612345678', '0033 6.12.34.56.78'],
    ...['06 12 34 56 78', '06.12.34.56.78', '06-12-34-56-78', '0612345678', '06\u00a012\u00a034\u00a056\u00a078'],
    ...['+48 601 234 567', '+48601234567', '601-234-567', '22 123 45 67', '(22) 123-45-67'],
    ...['+49 (0) 30 123456-78', '+49 171 1234567', '030/1234567', '(030) 123456-78', '0171 1234567', '015112345678'],
    ...['+44 20 7946 0958', '020 7946 0958', '07911 123456', '07911123456'],
    ...['+31 6 12345678', '06-12345678', '+32 475 12 34 56', '02 123 45 67', '0475.12.34.56'],
    ...['+34 612 345 678', '612 34 56 78', '+351 912 345 678', '+39 06 1234 5678', '+39 347 123 4567'],
    ...['+43 664 1234567', '+41 79 123 45 67', '044 668 18 00', '+420 601 234 567', '+421 905 123 456'],
    ...['+45 12 34 56 78', '+46 70-123 45 67', '08-123 456 78', '+47 412 34 567', '+358 40 1234567'],
    ...['+353 87 123 4567', '+36 30 123 4567', '+40 722 123 456', '0722 123 456', '+30 210 123 4567'],
    ...['+370 612 34567', '+371 2123 4567', '+372 5123 4567', '+352 621 123 456', '+356 7912 3456', '+357 99 123456'],
    ...['+359 88 123 4567', '+385 91 123 4567', '+386 40 123 456', '+380 44 123 4567', '+7 (495) 123-45-67'],
    ...['+1 (415) 555-0132', '(415) 555-0132', '415-555-0132', '8 (495) 123-45-67', '+91 98765 43210'],
    ...['٠٦١٢٣٤٥٦٧٨', '０９０－１２３４－５６７８', '+33‑6‑12‑34‑56‑78'],
  ],
  iban: [
    ...['DE89370400440532013000', 'DE89 3704 0044 0532 0130 00', 'de89 3704 0044 0532 0130 00'],
    ...['FR76 3000 6000 0112 3456 7890 189', 'PL61 1090 1014 0000 0712 1981 2874', 'GB29 NWBK 6016 1331 9268 19'],
    ...['61 1090 1014 0000 0712 1981 2874', '61109010140000071219812874', 'BE68 5390 0754 7034', 'NO93-8601-1117-947'],
  ],
  card: [
    ...['4111 1111 1111 1111', '4111-1111-1111-1111', '4111111111111111', '5555 5555 5555 4444', '2223003122003222'],
    ...['378282246310005', '3782 822463 10005', '3056 930902 5904', '6011111111111117', '3530111333300000'],
    '６０１１１１１１１１１１１１１７',
  ],
  national_id: [
    ...['44051401359', '1 84 12 76 451 089 46', '255081416802538', '1 84 12 2A 451 089 33', '1 84 12 2B 451 089 60'],
    ...['86095742719', '47 036 892 816', '65 170839 J 003', '12345678Z', '12.345.678-Z', 'X1234567L'],
    ...['RSSMRA85T10A562S', 'rssmra85t10a562s', '85.07.30-033.28', '85073003328', '811228-9874', '19811228-9874'],
    ...['131052-308T', '736028/5163', '1800101221144'],
  ],
  ip: ['192.168.1.10', '203.0.113.77', '10.0.0.5', '2001:db8:85a3::8a2e:370:7334', 'fe80::1', 'FD00:1234::1'],
  jwt: [`eyJhbGciOiJFUzI1NiJ9.${'eyJzdWIiOiIxIn0'}.c2lnbmF0dXJl-_`, `eyJhbGciOiJub25lIn0.${'eyJzdWIiOiIxIn0'}`],
  // Each key is assembled from two parts, so that secret scanners do not report this file.
  api_key: [
    ...[`sk-${'or-v1-0123456789abcdef'.repeat(2)}`, `sk-${'proj-a1B2c3D4e5F6g7H8i9_-x'}`, `AKIA${'IOSFODNN7EXAMPLE'}`],
    ...[
      `ghp_${'a1B2c3D4e5F6'.repeat(3)}`,
      `xoxb-${'123456789012-abcdefGHIJ'}`,
      `AIza${'SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q'}`,
    ],
    ...[`SCW${'A1B2C3D4E5F6G7H8I'}`, `sb_secret_${'a1B2c3D4e5F6g7H8i9J0'}`, `whsec_${'a1B2c3D4e5F6g7H8i9'}`],
    `-----BEGIN ${'PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END'} PRIVATE KEY-----`,
  ],
}

const cases = Object.entries(values).flatMap(([kind, ofKind]) => ofKind.map((value) => [kind, value] as const))

describe('scrub detection', () => {
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
