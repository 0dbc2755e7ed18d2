const lineBreak = String.raw`\n\r\v\f\x85\u2028\u2029`
const space = String.raw`\s\x85\u2800`
// Characters that nobody sees: zero-width, bidirectional and control characters, soft hyphens, variation selectors.
const invisible = String.raw`\p{Default_Ignorable_Code_Point}\ufeff\ufff9-\ufffb\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f`
// What Markdown writes around or before a part of a word: "**4111** 1111", "__4111__ 1111", "anna\\_b@example.org".
const markdown = String.raw`[*~\x60]|__+|_(?=[\d+(])(?<!\w_)|_(?![\w-])(?<=(?:^|[^A-Za-z\d-])[\d ().-]{0,30}\d_)|\\(?=[_.@+()*~\x60-])`
// Hyphens, minus signs, digits of every script, and full-width, small and mathematical letters.
const foldable = String.raw`[\u2010-\u2015\u2212\ufe50-\ufe6b\uff01-\uff5e\u{1d400}-\u{1d7ff}]|(?![0-9])\p{Nd}`

const inGap = `(?:[${space}${invisible}]|${markdown})`
// A plain space between two words stays as it is in every reading. To skip it here is what makes the folding fast.
const gapOrFoldable = new RegExp(`((?: (?=${inGap})|(?! )${inGap})${inGap}*)|${foldable}`, 'gu')
const hasInvisible = new RegExp(`[${invisible}]`, 'u')
const hasMarkdown = new RegExp(markdown, 'u')
const unseen = new RegExp(`[${invisible}*~\\x60_\\\\]+`, 'gu')
// A list item, or a sign of multiplication.
const markApart = new RegExp(`(?!\\ufeff)[${space}]\\*(?!\\ufeff)[${space}]`, 'u')
const unusualSpace = new RegExp(`(?![ \\t${lineBreak}])[${space}]`)
const hasTabOrLineBreak = new RegExp(`[\\t${lineBreak}]`)
const emptyLine = new RegExp(`[${lineBreak}][^${lineBreak}]*[${lineBreak}]`)
const hasWideGap = new RegExp(`[\\t${lineBreak}]|[${space}](?:[${invisible}]|${markdown})*[${space}]`, 'u')
const hyphenatedLineEnd = new RegExp(`^\u00ad[^${lineBreak}]*[${lineBreak}]`)

// Unicode assigns decimal digits in runs of ten, from zero to nine.
const digits = new Map<string, string>()
for (let code = 0x30; code <= 0x1ffff; code++) {
  const character = String.fromCodePoint(code)
  if (/\p{Nd}/u.test(character)) digits.set(character, String(digits.size % 10))
}
const hyphen = /[\u2010-\u2015\u2212\ufe58\ufe63]/

const foldCharacter = (character: string): string =>
  digits.get(character) ?? (hyphen.test(character) ? '-' : character.normalize('NFKC').charAt(0))

/**
 * How a text is read where a tab, several spaces or a line break stand, and where an invisible character stands.
 * `apart`: several spaces are a tab, a gap with a tab or a line break is a line feed; invisible characters and Markdown
 * marks are left out, as in the next three.
 * `tabbed`: as `apart`, and a single unusual space such as U+00A0 is a tab. `spaced`: a wide gap is one space.
 * `glued`: a wide gap or an unusual space is left out.
 * `split`: as `apart`, but an invisible character or a mark is a vertical tab: no value continues after it.
 */
export type Reading = 'apart' | 'tabbed' | 'spaced' | 'glued' | 'split'

const foldOneSpace = (space: string, reading: Reading): string => {
  if (space === ' ' || (reading !== 'glued' && reading !== 'tabbed')) return ' '
  return reading === 'glued' ? '' : '\t'
}

const foldGap = (gap: string, reading: Reading): string => {
  const spaces = gap.replace(unseen, '').replaceAll('\r\n', '\n')
  if (spaces === '') return reading === 'split' ? '\v' : ''
  if (emptyLine.test(spaces) || markApart.test(gap)) return '\u2029'
  if (hyphenatedLineEnd.test(gap) && reading !== 'spaced') return reading === 'split' ? '\v' : ''
  if (spaces.length === 1 && !hasTabOrLineBreak.test(spaces)) return foldOneSpace(spaces, reading)
  if (reading === 'spaced') return ' '
  if (reading === 'glued') return ''
  return hasTabOrLineBreak.test(spaces) ? '\n' : '\t'
}

/** Whether a space stands in a text that is neither plain, a tab nor a line break, such as U+00A0 or U+3000. */
export const hasUnusualSpace = (text: string): boolean => unusualSpace.test(text)

/** Returns the readings in which a text differs, in the order in which it is searched for numbers; all but `tabbed`. */
export const readingsOf = (text: string): [Reading, ...Reading[]] => {
  const isWide = hasWideGap.test(text)
  return [
    'apart',
    ...(isWide ? (['spaced'] as const) : []),
    ...(isWide || hasUnusualSpace(text) ? (['glued'] as const) : []),
    ...(hasInvisible.test(text) || hasMarkdown.test(text) ? (['split'] as const) : []),
  ]
}

/** A text as detectors see it, and for each of its UTF-16 units the offset of the original's unit. */
export type FoldedText = { text: string; offsets: Uint32Array }

/**
 * Folds a text for the detectors: digits become ASCII, spaces and hyphens plain, full-width characters half-width, and
 * gaps become what the reading says. A gap with an empty line is U+2029 in each reading: no value continues after it.
 */
export const foldForSearch = (original: string, reading: Reading): FoldedText => {
  const offsets = new Uint32Array(original.length)
  const foldedGaps = new Map<string, string>()
  const foldGapOnce = (gap: string): string => {
    const known = foldedGaps.get(gap)
    if (known !== undefined) return known
    const folded = foldGap(gap, reading)
    foldedGaps.set(gap, folded)
    return folded
  }
  let text = ''
  let at = 0
  const keepUntil = (end: number): void => {
    for (let unit = at, to = text.length; unit < end; unit++, to++) offsets[to] = unit
    text += original.slice(at, end)
  }
  for (const { 0: found, 1: gap, index } of original.matchAll(gapOrFoldable)) {
    keepUntil(index)
    offsets[text.length] = index
    text += gap === undefined ? foldCharacter(found) : foldGapOnce(gap)
    at = index + found.length
  }
  keepUntil(original.length)
  return { text, offsets }
}
