import { decodeHTML } from 'entities/decode'

const escapeSequence = /\\u\{([\da-f]{1,6})\}|\\u([\da-f]{4})|\\x([\da-f]{2})|%u([\da-f]{4})|%([2-7][\da-f])/gi
const maxRounds = 3

const characterOr = (fallback: string, code: number): string =>
  code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : fallback

const decodeOnce = (text: string): string =>
  decodeHTML(text).replace(escapeSequence, (written: string, ...codes: (string | undefined)[]) =>
    characterOr(written, Number.parseInt(codes.find((code) => code !== undefined) ?? '', 16)),
  )

/**
 * Decodes HTML character references as browsers do (`&lt;`, `&#60`, `&ltb`), percent-encoding (`%3C`) and escapes
 * (`\u003c`, `\x3c`). Decodes up to three times, because one kind may be nested in another.
 */
export const decodeEscapes = (text: string): string => {
  let decoded = text
  for (let round = 0; round < maxRounds && /[&\\%]/.test(decoded); round++) decoded = decodeOnce(decoded)
  return decoded
}
