const named: Record<string, string> = {
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
const escaped = /\\u\{([\da-f]{1,6})\}|\\u([\da-f]{4})|\\x([\da-f]{2})|%([2-7][\da-f])/gi
const most = 3

const character = (code: number, otherwise: string): string =>
  code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : otherwise

const once = (text: string): string =>
  text
    .replace(entity, (written: string, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return named[name.toLowerCase()] ?? written
      return character(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16), written)
    })
    .replace(escaped, (written: string, braced?: string, unit?: string, byte?: string, percent?: string) =>
      character(Number.parseInt(braced ?? unit ?? byte ?? percent ?? '', 16), written),
    )

/** What a page or a program may make of a text: entities, %3C, \u003c and \x3c replaced, also where they stand in each other. */
export const decode = (text: string): string => {
  let decoded = text
  for (let round = 0; round < most && /[&\\%]/.test(decoded); round++) decoded = once(decoded)
  return decoded
}
