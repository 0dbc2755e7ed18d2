import { decode } from './decode.ts'
import { skeleton } from './skeleton.ts'

const leet: Record<string, string> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's', '!': 'i' }
const leetSigns = /(?<=[a-z])[013457@$!]|[013457@$!](?=[a-z])/i
const tag = /[\u{e0020}-\u{e007e}]/u
const tags = /[\u{e0020}-\u{e007e}]/gu

/** The Latin letters that an eye reads in a text, in lower case, with nothing between them. */
export const letters = (text: string): string => skeleton(text).replace(/[^a-z]+/g, '')

const latin1 = (text: string, encoding: 'base64' | 'hex'): string => Buffer.from(text, encoding).toString('latin1')

const fromCodes = (text: string, code: RegExp, base: number): string =>
  (text.match(code) ?? []).map((digits) => String.fromCharCode(Number.parseInt(digits, base))).join('')

// Words run together change their kind of letter seldom, base64 at every third character.
const isMixed = (run: string): boolean => 8 * (run.match(/[a-z][A-Z\d]|\d[A-Za-z]/g)?.length ?? 0) >= run.length

// Where a run begins is not known for certain: other characters may stand directly before it.
const shifts = (run: string, step: number): string[] => Array.from({ length: step }, (_, at) => run.slice(at))

const fromBase64 = (tight: string): string[] =>
  (tight.match(/[\w+/-]{24,}/g) ?? [])
    .filter(isMixed)
    .flatMap((run) => shifts(run, 4).map((at) => latin1(at, 'base64')))

const fromDigits = (plain: string, tight: string): string[] => [
  ...(tight.replace(/0x|\\x|[:,;-]/g, '').match(/[\da-f]{32,}/gi) ?? []).flatMap((run) =>
    shifts(run, 2).map((at) => latin1(at, 'hex')),
  ),
  fromCodes(plain, /(?<!\d)(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6])(?!\d)/g, 10),
  fromCodes(plain, /(?<![01])[01]{7,8}(?![01])/g, 2),
]

/**
 * The letters of a text in each way in which its reader may turn it back: as they stand, from behind, word by word from
 * behind, without leet, out of unseen tags, base64, hexadecimal, decimal or binary codes.
 */
export const decodings = (text: string): string[] => {
  const plain = decode(text)
  const tight = plain.replace(/\s+/g, '')
  const read = letters(plain)
  const turned = [plain.split(/\s+/u).reverse().join(' '), ...fromBase64(tight)]
  if (leetSigns.test(plain)) turned.push(plain.replace(/[013457@$!]/g, (sign) => leet[sign] ?? sign))
  if (/\d/.test(plain)) turned.push(...fromDigits(plain, tight))
  if (tag.test(plain))
    turned.push(plain.replace(tags, (sign) => String.fromCharCode((sign.codePointAt(0) ?? 0) - 0xe0000)))
  return [read, read.split('').reverse().join(''), ...turned.map(letters)]
}
