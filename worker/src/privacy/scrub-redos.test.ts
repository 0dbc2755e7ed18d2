import { describe, expect, test } from 'vitest'
import { cpuTime, leastOf } from '../testing/longest-turn.ts'
import { scrub } from './scrub.ts'

/**
 * Beginnings and near matches of each pattern. Repeated, they make a regular expression that backtracks in more than
 * linear time slow (ReDoS, regular expression denial of service).
 */
const repeatedPieces = [
  ...['a', 'a.', 'a-', 'a@', '@', 'a@a.', 'a@a-', 'a@a.a', '_', '+-', 'é', 'a@b.co '],
  ...[
    '1',
    '12',
    '1 ',
    '1-',
    '1.',
    '1/',
    '1, ',
    '(1',
    '1)',
    '+',
    '+1',
    '+1 ',
    '+33 ',
    '00',
    '00 1',
    '0033 6',
    '0',
    '01',
    '06 ',
    '06 1',
  ],
  ...[
    '06 12 ',
    '06 12 34 56 78',
    '06 12 34 56 78 ',
    '030/',
    '(0',
    '(030) ',
    '0 ',
    '22 123 ',
    '601-234-',
    '8 (495) ',
    '415-555-',
  ],
  ...['tel', 'tel. ', 'tel ', 'tel: 1', 'telefon', 'telno', 'tel 123456 ', 'komórk', 'phone no ', 'tel. 1234567 ', '☎'],
  ...[
    'DE',
    'DE8',
    'DE89',
    'DE89 ',
    'DE89 3704 ',
    'de12a',
    'A1',
    'AB12 ',
    '61 1090 ',
    '4',
    '4111',
    '4111 ',
    '4111-1111-1111-',
    '37 ',
  ],
  ...[
    '12345678',
    '44051401',
    '44051401359 ',
    'X1',
    'RSSMRA',
    'ABCDEF12',
    '1 84 ',
    '85.07.',
    '811228-',
    '131052',
    '65 17',
    'NIP ',
    'BSN',
  ],
  ...['255.', '1.1.', '1.1.1.', '1.1.1.1', '10.0.0.5 ', '::', ':', 'fe80:', '2001:', '2001::', 'a:'],
  ...[
    'eyJ',
    'eyJaaaaaaaaaa.',
    'eyJ.',
    'eyJ-',
    'sk-',
    'sk-a',
    'sk-aaaaaaaaaaaaaaaa ',
    'ghp_',
    'AKIA',
    'xoxb-',
    'SG.',
    'Bearer ',
    'bearer a',
  ],
  ...['-', '-----BEGIN ', '-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----a', '-----BEGIN A '],
  ...['-----BEGIN PRIVATE KEY-----a-', '-----BEGIN PRIVATE KEY-----\n-', '-----BEGIN PRIVATE KEY-----a-----END '],
  ...[
    '----BEGIN \n',
    '-----END PRIVATE KEY-----',
    '\n',
    '\r\n',
    '\t',
    ' \u200b',
    '\u200b',
    '\u00ad\n',
    '\u0001',
    '\n ',
  ],
  ...['1\n', '0\n', '06\n', '06\t12 ', '06\u200b ', '06 \u200b ', '1\u200b', '030\n/', '+33\n6', '4111\n', '2001:\n'],
  ...['4111 1111 1111 1111 1', '1.\n', 'DE89\n', 'DE\n8', 'tel\n1', '0612345\n', 'é\u0301\n', '061234567\n'],
  ...['a\n', 'a@\n', 'a\n@', 'a@a\n', 'a@a\n.', 'a.\n@', '.a\n', 'a@a\na.aa', 'a\n.a@', 'a\u00ad\n'],
  ...['eyJ\n', 'eyJa\na', 'eyJaaaaaaaa.aaaa1\n', 'sk-\n', 'sk-a1aaaaaaaaaaaaaa\n', 'sk-a1aaaaaaaaaaaaaa\na.', 'AKIA\n'],
  ...[
    '*',
    '**',
    ' * ',
    '\n* ',
    '`',
    '~~',
    '_',
    '__',
    '_1',
    '1_',
    '1 1_',
    '(1)_ ',
    '\\_',
    '\\',
    '*1',
    '**4111** ',
    '1*\u00a0',
  ],
  ...[
    '\u00a0',
    'a\u00a0',
    '1\u00a0',
    '06\u00a012\u00a0',
    '\u3000',
    '4111\u202f',
    '\u{1d7d2}',
    '\uff11',
    '\u09e6',
    '\ufeff ',
  ],
  ...[
    'a://',
    'a://b:',
    'a://b:c',
    'a://b:c@',
    '://',
    ':',
    'a://:\n',
    'a@b.c\nd',
    'a@b.c\nd.e',
    'a@b.cd.\n',
    'a@b\n-c',
    'a+\n',
  ],
  ...[
    'e\ny\nJ',
    'eyJ.',
    'eyJhbGciOiJFUzI1NiJ9.',
    'eyJhbGciOiJFUzI1NiJ9.a\n',
    'eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.a\n',
    'ghp_a1\n',
  ],
  ...[
    '-\n',
    '- ',
    '-----B\nEGIN ',
    '----- P\nRIVATE KEY',
    '0\n6.',
    '06.12\n.',
    '2001:a\n',
    'fe80::a\n:',
    '0\n4.',
    '+33 6\u00a0',
  ],
  ...['[', '\\[', '[EMAIL', '[EMAIL_', '[EMAIL_1', '[NATIONAL ', '\\[API\\_', '[EMAIL_1]', '[ '],
]

const size = 10_000
const limitMs = 20

const durationMs = (text: string): Promise<number> => leastOf(limitMs, () => cpuTime(() => scrub(text)))

describe('scrub duration', () => {
  test.each(repeatedPieces)('stays under 20 ms for 10,000 characters of repeated %j', async (piece) => {
    const text = piece.repeat(Math.ceil(size / piece.length)).slice(0, size)
    expect(await durationMs(text)).toBeLessThan(limitMs)
  })

  test('stays under 20 ms for 10,000 characters full of different e-mail addresses or telephone numbers', async () => {
    const emails = Array.from({ length: 900 }, (_, n) => `a${n}@b.co`).join(' ')
    const phones = Array.from({ length: 500 }, (_, n) => `tel. 601 234 ${100 + n}`).join(', ')
    expect(Object.values(scrub(emails).counts)).toEqual([900])
    expect(Object.values(scrub(phones).counts)).toEqual([500])
    expect(await durationMs(emails.slice(0, size))).toBeLessThan(limitMs)
    expect(await durationMs(phones.slice(0, size))).toBeLessThan(limitMs)
  })
})
