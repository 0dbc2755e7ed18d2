const namedEntities: Record<string, string> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  tab: '\t',
  newline: '\n',
  colon: ':',
  sol: '/',
  bsol: '\\',
  period: '.',
  commat: '@',
  excl: '!',
  lpar: '(',
  rpar: ')',
  lsqb: '[',
  rsqb: ']',
  lbrack: '[',
  rbrack: ']',
}

const entity = /&(?:#x([\da-f]{1,6})|#(\d{1,7})|([a-z]{2,7}));?/gi
const escapeSequence = /\\u\{([\da-f]{1,6})\}|\\u([\da-f]{4})|\\x([\da-f]{2})|%([2-7][\da-f])/gi
const maxRounds = 3

const characterOr = (fallback: string, code: number): string =>
  code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : fallback

const decodeOnce = (text: string): string =>
  text
    .replace(entity, (written: string, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return namedEntities[name.toLowerCase()] ?? written
      return characterOr(written, hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
    })
    .replace(escapeSequence, (written: string, braced?: string, unit?: string, byte?: string, percent?: string) =>
      characterOr(written, Number.parseInt(braced ?? unit ?? byte ?? percent ?? '', 16)),
    )

/**
 * Decodes HTML character references (`&lt;`, `&#60;`), percent-encoding (`%3C`) and escapes (`\u003c`, `\x3c`).
 * Decodes up to three times, because one kind may be nested in another.
 */
export const decodeEscapes = (text: string): string => {
  let decoded = text
  for (let round = 0; round < maxRounds && /[&\\%]/.test(decoded); round++) decoded = decodeOnce(decoded)
  return decoded
}
