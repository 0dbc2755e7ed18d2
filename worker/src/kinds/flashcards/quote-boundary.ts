import { isWordBoundary } from '../characters/segmentation.ts'

// So many UTF-16 units on either side of a boundary decide about it. Few words are longer.
const context = 48

// Where a line was broken at a space: 1 500, − 5.
const lineBreak = /[ \t]*(?:\r?\n\f?|[\r\v\f\u0085\u2028\u2029])[ \t]*/g

/** Returns what is near a boundary without invisible characters, in one line. */
const near = (text: string): string => text.replace(/\p{Default_Ignorable_Code_Point}+/gu, '').replace(lineBreak, ' ')

/** A pattern that matches when the text before a boundary ends in `before` and the text after it begins with `after`. */
type Joint = readonly [before: RegExp, after: RegExp]

const joint = (before: string, after: string): Joint => [
  new RegExp(`(?:${before})$`, 'u'),
  new RegExp(`^(?:${after})`, 'u'),
]

const sign = '[-−+±–‐－＋]'
const times = '[ \\u00a0\\u202f]?[×·⋅xX*][ \\u00a0\\u202f]?'
const cjkNumeral = '[〇零一二三四五六七八九十百千]'
const cjkPower = '[十百千万萬億亿兆만억조]'

/** What continues a word or a number over a place that Unicode's segmentation takes for the end of a word. */
const joints: readonly Joint[] = [
  // Compounds: non-edible, sugar-free, twenty-five; units and alternatives: km/h, 1/2.
  joint(`[\\p{L}\\p{N}]\\p{M}*[-‐‑－/⁄]`, '[\\p{L}\\p{N}]'),
  joint('[\\p{L}\\p{N}]\\p{M}*', `[-‐‑－/⁄][\\p{L}\\p{N}]`),
  // Decimals, groups, times and ranges: 3.75, 1,500, 1'500, 10:30, 5–10.
  joint("\\p{N}[.,:'’٫٬·．，–−]", '\\p{N}'),
  joint('\\p{N}', "[.,:'’٫٬·．，–−]\\p{N}"),
  joint('(?<!\\p{N})\\p{N}{1,3}(?:[ \\u00a0\\u2009\\u202f]\\p{N}{3})*[ \\u00a0\\u2009\\u202f]', '\\p{N}{3}(?!\\p{N})'),
  joint('(?<!\\p{N})\\p{N}{1,3}', '[ \\u00a0\\u2009\\u202f]\\p{N}{3}(?!\\p{N})'),
  joint('(?:^|[^\\p{L}\\p{N}])[.．٫]', '\\p{N}'),
  // Signs and relations: -5, − 5, -$5, ±5, ≠ 5.
  joint(`(?:^|[^\\p{L}\\p{N}])${sign}`, '\\p{Sc}?[.．٫]?\\p{N}'),
  joint('[−±≠≤≥<][ \\u00a0\\u202f]?', '\\p{Sc}?[.．٫]?\\p{N}'),
  // Powers and exponents: 10^23, 10²³, 10⁻³, 1.5e+7, 3 × 10^5; vulgar fractions: 1½.
  joint('\\^[{(]?[-−+]?', '[{(]?[-−+]?[\\p{L}\\p{N}]'),
  joint('[\\p{L}\\p{N})]', '\\^'),
  joint('\\p{N}', '[ \\u00a0\\u202f]?\\p{No}|[⁺⁻]'),
  joint('\\p{N}[eE]', '[-−+]\\p{N}'),
  joint('\\p{N}[eE][-−+]', '\\p{N}'),
  joint(`\\p{N}${times}`, '10(?!\\p{N})'),
  joint('\\p{N}', `${times}10(?!\\p{N})`),
  // Percentages and degrees; powers of a unit or a variable: 20 km², m/s⁻¹, x². A longer word may have a footnote.
  joint('\\p{N}', '[ \\u00a0\\u202f]?[%‰°％]'),
  joint('(?<!\\p{L})\\p{L}{1,3}', '[\\p{No}⁺⁻]'),
  // Numbers in Chinese characters, and 5万.
  joint(cjkNumeral, `${cjkNumeral}|${cjkPower}`),
  joint(cjkPower, cjkNumeral),
  joint('\\p{N} ?', cjkPower),
  joint('\\p{N}', ` ${cjkPower}`),
  // Negations that are written without a space: 不可能, 食べられない, ไม่ดี.
  joint('[不非無无未沒没]', '\\p{sc=Han}'),
  joint('[\\p{sc=Han}\\p{sc=Hiragana}]', 'ない|なく|なか|ませ|ず'),
  joint('ไม่', '\\p{sc=Thai}'),
]

// A space beside a letter or beside the end of a clause: most boundaries are of this kind, and no joint has one.
const plainBreak = /^(?:\s(?!\p{sc=Han}|[억조만])\p{L}|[\p{L}.,;:!?]\s)$/u

/**
 * Whether a quote may begin or end at this UTF-16 offset of what a reader sees of a source: not within a word, and not
 * within a number with its sign, groups, decimals, exponent and powers of its unit.
 */
export const isQuoteBoundary = (text: string, offset: number): boolean => {
  if (plainBreak.test(text.slice(Math.max(0, offset - 1), offset + 1))) return true
  const before = near(text.slice(Math.max(0, offset - context), offset))
  const after = near(text.slice(offset, offset + context))
  if (before === '' || after === '') return true
  return (
    isWordBoundary(before + after, before.length) &&
    !joints.some(([left, right]) => right.test(after) && left.test(before))
  )
}
