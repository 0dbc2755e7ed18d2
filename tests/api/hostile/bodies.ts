import type { Random } from '../../support/random.ts'
import { newText } from '../../support/text.ts'
import { hostile, ids } from './values.ts'

type Body = string | Uint8Array<ArrayBuffer>

const nested = (depth: number, [open, close]: readonly [string, string]) => open.repeat(depth) + close.repeat(depth)

/** Values of JSON, written as JSON, because some cannot be made by JSON.stringify. */
const jsonValues = [
  ...['null', 'true', 'false', '0', '-0', '-1', '1.5', '1e400', '-1e400', '1e-400', '9007199254740993', '"1"'],
  ...['1'.repeat(500), `0.${'3'.repeat(500)}`, '""', '" "', '[]', '{}', '[[]]', '[null]', '{"":null}', '[{}]'],
  ...['"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ufeff"', '{"__proto__":{"a":1}}', '{"constructor":1}'],
  ...['{"toString":1}', '{"max_cards":"5"}', '{"max_cards":1e9}', '{"max_cards":1.5}', '{"max_cards":[5]}'],
  ...['{"language":"en\\u0000"}', '{"language":"e\\ud800"}', '{"language":{}}', '{"max_cards":5,"max_cards":[]}'],
  ...[nested(40, ['[', ']']), nested(40, ['{"a":', '1}']).replace(/}1/g, '}'), `"${'x'.repeat(20_000)}"`],
  ...[...hostile, ...ids].map((value) => JSON.stringify(value)),
]

/** Texts of the length that is asked for, with characters that must be refused or kept as they are. */
const texts = ['', '\0', '\ud800', '\udfff\ud800', '\ufeff', '\u202e', '\u0001', '😀', '\u0301'.repeat(300)].map(
  (odd) => JSON.stringify(odd + newText()),
)
texts.push(JSON.stringify(' '.repeat(1500)), JSON.stringify('x'.repeat(10_001)), JSON.stringify('\u0301'.repeat(5000)))

/** Fields of all operations that have a body, and names that no operation has. */
const fields = [
  ...[
    'source_text',
    'model',
    'prompt_version',
    'options',
    'data_residency',
    'optimize',
    'max_total_tokens',
    'account_id',
    'kind',
  ],
  ...['messages', 'conversation_id'],
]
const fieldsOfText = ['use_case', 'input', 'context']
const strangers = [
  '__proto__',
  'constructor',
  'prototype',
  'user_id',
  'status',
  'cost_usd',
  'id',
  '',
  '\u0000',
  '😀',
  'a.b',
]

const encoder = new TextEncoder()
const bytes = (...parts: (string | number[])[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...encoder.encode(part)] : part)))

const valid = `{"source_text":${JSON.stringify(newText())}}`

/** Bodies that are no JSON object, or no text at all. */
const broken: Body[] = [
  ...['', ' ', '\n', 'null', 'true', '1', '"x"', '[]', `[${valid}]`, '{', '}', '{]', '{"a"}', "{'a':1}", '{"a":1,}'],
  ...['NaN', 'undefined', '{"a":01}', '{"a":\u0001}', `\ufeff${valid}`, `${valid}${valid}`, `${valid}\0`, `${valid} x`],
  ...[valid.slice(0, -20), valid.slice(1), `/**/${valid}`, 'a=b&c=d', '<xml/>', '--x\r\n\r\n--x--', '\0'.repeat(1000)],
  ...[
    nested(100_000, ['[', ']']),
    '['.repeat(100_000),
    '{"a":'.repeat(40_000),
    `{"options":${nested(50_000, ['[', ']'])}}`,
  ],
  `{"source_text":"${'x'.repeat(300_000)}"}`,
  bytes('{"source_text":"', [0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80], '"}'),
  bytes([0xff, 0xfe], valid),
  bytes(valid.slice(0, -2), [0xe2, 0x82], '"}'),
  bytes([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0]),
  new Uint8Array(new Uint16Array([...valid].map((character) => character.charCodeAt(0))).buffer),
]

/** A JSON object with some valid fields, some hostile ones, and some written twice. */
const objectBody = (random: Random): string => {
  const value = random.oneOf(random.chance(0.6) ? texts : jsonValues)
  const isText = random.chance(0.3)
  const pairs = isText ? ['"kind":"text"', '"use_case":"free"', `"input":${value}`] : [`"source_text":${value}`]
  for (let more = random.below(4); more > 0; more--) {
    const name = random.chance(0.8)
      ? random.oneOf(isText ? [...fields, ...fieldsOfText] : fields)
      : random.oneOf(strangers)
    pairs.push(`${JSON.stringify(name)}:${random.oneOf(jsonValues)}`)
  }
  if (random.chance(0.3)) pairs.reverse()
  return `{${pairs.join(',')}}`
}

export const drawBody = (random: Random): Body => {
  if (random.chance(0.35)) return valid
  return random.chance(0.3) ? random.oneOf(broken) : objectBody(random)
}
