const lineBreak = String.raw`\n\r\v\f\x85\u2028\u2029`
const space = String.raw`\s\x85\u2800`
// Characters that nobody sees: zero-width, bidirectional and control characters, soft hyphens, variation selectors.
const invisible = String.raw`\p{Default_Ignorable_Code_Point}\ufeff\ufff9-\ufffb\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f`
const foldable = String.raw`[\u2010-\u2015\u2212\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff01-\uff5e]`

const inGap = `[${space}${invisible}]`
// A plain space between two words stays as it is in every reading. To skip it here is what makes the folding fast.
const gapOrFoldable = new RegExp(`((?: (?=${inGap})|(?! )${inGap})${inGap}*)|${foldable}`, 'gu')
const hasInvisible = new RegExp(`[${invisible}]`, 'u')
const invisibles = new RegExp(`[${invisible}]+`, 'gu')
const hasTabOrLineBreak = new RegExp(`[\\t${lineBreak}]`)
const emptyLine = new RegExp(`[${lineBreak}][^${lineBreak}]*[${lineBreak}]`)
const hasWideGap = new RegExp(`[\\t${lineBreak}]|[${space}][${invisible}]*[${space}]`, 'u')
const hyphenatedLineEnd = new RegExp(`^\u00ad[^${lineBreak}]*[${lineBreak}]`)

const foldCharacter = (character: string): string => {
  const code = character.charCodeAt(0)
  if (code >= 0xff01) return String.fromCharCode(code - 0xfee0)
  // The zeros of the Arabic-Indic, the extended Arabic-Indic (Persian) and the Devanagari digits.
  for (const zero of [0x0660, 0x06f0, 0x0966]) if (code >= zero && code <= zero + 9) return String(code - zero)
  return '-'
}

/**
 * How a text is read where a tab, several spaces or a line break stand, and where an invisible character stands.
 * `apart`: several spaces are a tab, a gap with a tab or a line break is a line feed; invisible characters are left out, as in the next two.
 * `spaced`: a wide gap is one space. `glued`: a wide gap is left out.
 * `split`: as `apart`, but an invisible character is a vertical tab: no value continues after it.
 */
export type Reading = 'apart' | 'spaced' | 'glued' | 'split'

const foldGap = (gap: string, reading: Reading): string => {
  const spaces = gap.replace(invisibles, '').replaceAll('\r\n', '\n')
  if (spaces === '') return reading === 'split' ? '\v' : ''
  if (emptyLine.test(spaces)) return '\u2029'
  if (hyphenatedLineEnd.test(gap)) return reading === 'split' ? '\v' : ''
  if (spaces.length === 1 && !hasTabOrLineBreak.test(spaces)) return ' '
  if (reading === 'spaced') return ' '
  if (reading === 'glued') return ''
  return hasTabOrLineBreak.test(spaces) ? '\n' : '\t'
}

/** Returns the readings in which a text differs, in the order in which a text is searched. */
export const readingsOf = (text: string): Reading[] => [
  'apart',
  ...(hasWideGap.test(text) ? (['spaced', 'glued'] as const) : []),
  ...(hasInvisible.test(text) ? (['split'] as const) : []),
]

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
