import { decode } from './decode.ts'
import { limits } from './limits.ts'
import { skeleton } from './skeleton.ts'

const leet: Record<string, string> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's', '!': 'i' }

const letters = (text: string): string => skeleton(text).replace(/[^a-z]+/g, '')
const backwards = (text: string): string => Array.from(text).reverse().join('')
const latin1 = (text: string, encoding: 'base64' | 'hex'): string => Buffer.from(text, encoding).toString('latin1')

/** The steps from each letter to the next: the same for a text and for each of its shifts by the alphabet (rot13). */
const stepsOf = (text: string): string => {
  let steps = ''
  for (let i = 1; i < text.length; i++)
    steps += String.fromCharCode(97 + ((text.charCodeAt(i) - text.charCodeAt(i - 1) + 26) % 26))
  return steps
}

const stretchesOf = (steps: string): Set<string> => {
  const length = limits.leak - 1
  const stretches = new Set<string>()
  for (let at = 0; at + length <= steps.length; at++) stretches.add(steps.slice(at, at + length))
  return stretches
}

const fromCodes = (text: string, code: RegExp, base: number): string =>
  (text.match(code) ?? []).map((digits) => String.fromCharCode(Number.parseInt(digits, base))).join('')

// Words run together change their kind of letter seldom, base64 at every third character.
const isMixed = (run: string): boolean => 8 * (run.match(/[a-z][A-Z\d]|\d[A-Za-z]/g)?.length ?? 0) >= run.length

const shifts = (run: string, step: number): string[] => Array.from({ length: step }, (_, at) => run.slice(at))

/** A text as its reader may turn it back: as it is, decoded, without its leet, its letters or its words from behind. */
const readings = (text: string): string[] => {
  const plain = decode(text)
  const tight = plain.replace(/\s+/g, '')
  const base64 = (tight.match(/[\w+/-]{24,}/g) ?? []).filter(isMixed).flatMap((run) => shifts(run, 4))
  const hex = (tight.replace(/0x|\\x|[:,;-]/g, '').match(/[\da-f]{32,}/gi) ?? []).flatMap((run) => shifts(run, 2))
  const decoded = [
    ...base64.map((run) => latin1(run, 'base64')),
    ...hex.map((run) => latin1(run, 'hex')),
    fromCodes(plain, /(?<!\d)(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6])(?!\d)/g, 10),
    fromCodes(plain, /(?<![01])[01]{7,8}(?![01])/g, 2),
    plain.replace(/[\u{e0020}-\u{e007e}]/gu, (tag) => String.fromCharCode((tag.codePointAt(0) ?? 0) - 0xe0000)),
  ]
  return [
    plain,
    plain.replace(/[013457@$!]/g, (sign) => leet[sign] ?? sign),
    backwards(plain),
    plain.split(/\s+/u).reverse().join(' '),
    ...decoded,
  ]
}

/** What a request said beside its text: the instructions, and the word that the text stood between. */
export type Asked = { instructions: string; delimiter: string | null }

/**
 * Prepares a request once; the function then says whether a text repeats a stretch of its instructions that the source does
 * not have, as they are or in an easy cipher, or the delimiter. Only letters are compared, so that nothing between them helps.
 */
export const leakFinder = ({ instructions, delimiter }: Asked, sourceText: string): ((text: string) => boolean) => {
  const guarded = stretchesOf(stepsOf(letters(instructions)))
  let source: string | undefined
  const isForeign = (stretch: string): boolean => {
    source ??= stepsOf(letters(sourceText))
    return !source.includes(stretch)
  }
  const repeats = (read: string): boolean =>
    [...stretchesOf(stepsOf(letters(read)))].some((stretch) => guarded.has(stretch) && isForeign(stretch))
  const namesDelimiter = (text: string): boolean =>
    delimiter !== null && skeleton(text).replace(/\s+/g, '').includes(delimiter)
  return (text) => namesDelimiter(text) || readings(text).some(repeats)
}
