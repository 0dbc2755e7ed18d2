import { confusableSkeleton } from './confusable-skeleton.ts'
import { decodeEscapes } from './decode-escapes.ts'

const leet: Record<string, string> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's', '!': 'i' }
const leetCharacter = /[013457@$!]/g
const leetBesideLetter = /(?<=[a-z])[013457@$!]|[013457@$!](?=[a-z])/i
// The Unicode block Tags: invisible copies of ASCII, each 0xe0000 above its character.
const tagCharacter = /[\u{e0020}-\u{e007e}]/u
const tagCharacters = /[\u{e0020}-\u{e007e}]/gu

/** Returns the Latin letters of a text as a reader perceives them: lower case, without anything between them. */
export const latinLetters = (text: string): string => confusableSkeleton(text).replace(/[^a-z]+/g, '')

const decodeBytes = (text: string, encoding: 'base64' | 'hex'): string => Buffer.from(text, encoding).toString('latin1')

const decodeCodes = (text: string, code: RegExp, base: number): string =>
  (text.match(code) ?? []).map((digits) => String.fromCharCode(Number.parseInt(digits, base))).join('')

// The kind of character changes at about every third character in base64, and rarely in words without spaces.
const looksLikeBase64 = (run: string): boolean => 8 * (run.match(/[a-z][A-Z\d]|\d[A-Za-z]/g)?.length ?? 0) >= run.length

// Other characters may stand directly before encoded text, so that each of the first positions may be its beginning.
const alignmentsOf = (run: string, groupLength: number): string[] =>
  Array.from({ length: groupLength }, (_, at) => run.slice(at))

const decodeBase64 = (withoutSpaces: string): string[] =>
  (withoutSpaces.match(/[\w+/-]{24,}/g) ?? [])
    .filter(looksLikeBase64)
    .flatMap((run) => alignmentsOf(run, 4).map((aligned) => decodeBytes(aligned, 'base64')))

const decodeNumbers = (text: string, withoutSpaces: string): string[] => [
  ...(withoutSpaces.replace(/0x|\\x|[:,;-]/g, '').match(/[\da-f]{32,}/gi) ?? []).flatMap((run) =>
    alignmentsOf(run, 2).map((aligned) => decodeBytes(aligned, 'hex')),
  ),
  decodeCodes(text, /(?<!\d)(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6])(?!\d)/g, 10),
  decodeCodes(text, /(?<![01])[01]{7,8}(?![01])/g, 2),
]

/**
 * Returns the Latin letters of a text once per way to decode the text: as written, reversed, with reversed word order,
 * from leet, from Unicode tags, and from base64, hexadecimal, decimal and binary codes.
 */
export const letterDecodings = (text: string): string[] => {
  const unescaped = decodeEscapes(text)
  const withoutSpaces = unescaped.replace(/\s+/g, '')
  const letters = latinLetters(unescaped)
  const decoded = [unescaped.split(/\s+/u).reverse().join(' '), ...decodeBase64(withoutSpaces)]
  if (leetBesideLetter.test(unescaped)) decoded.push(unescaped.replace(leetCharacter, (sign) => leet[sign] ?? sign))
  if (/\d/.test(unescaped)) decoded.push(...decodeNumbers(unescaped, withoutSpaces))
  if (tagCharacter.test(unescaped))
    decoded.push(unescaped.replace(tagCharacters, (tag) => String.fromCharCode((tag.codePointAt(0) ?? 0) - 0xe0000)))
  return [letters, letters.split('').reverse().join(''), ...decoded.map(latinLetters)]
}
