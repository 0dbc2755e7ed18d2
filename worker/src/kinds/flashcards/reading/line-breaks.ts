import { unspaced } from '../../characters/unspaced.ts'
import type { Range } from './hide.ts'

const blank = '[ \\t\\u00a0\\u3000\\u200b-\\u200d\\u2060\\ufeff]*'
// A page of a PDF ends in a form feed.
const newLine = '(?:\\r?\\n\\f?|[\\r\\v\\f\\u0085\\u2028\\u2029])'
// The look behind follows the first character: it takes too long at each place of a text.
const hyphen = new RegExp(
  `[-‐‑－¬\\u00ad](?<=[\\p{L}\\p{N}]\\p{M}{0,3}.)(?<gap>${blank}(?:${newLine}${blank})?)(?=[\\p{L}\\p{N}])`,
  'gu',
)
const unspacedBreak = new RegExp(
  `[\\n\\r\\v\\f\\u0085\\u2028\\u2029](?<=${unspaced}\\p{M}?(?<gap>${blank}${newLine}))${blank}(?=${unspaced})`,
  'gu',
)

const isBreak = new RegExp(newLine, 'u')
const twoLettersBefore = /(?:\p{L}\p{M}{0,3}){2,30}$/u
const twoLettersAfter = /^(?:\p{L}\p{M}{0,3}){2,30}/u

type Hyphen = { start: number; end: number; gap: string; isVisible: boolean }

/** Returns the hyphens within words and numbers. */
const hyphensIn = (text: string): Hyphen[] =>
  [...text.matchAll(hyphen)].map((match) => {
    const gap = match.groups?.gap ?? ''
    const end = match.index + 1 + gap.length
    return { start: match.index, end, gap, isVisible: !/[¬\u00ad]/.test(match[0]) }
  })

/** The word around a hyphen; null where a side is a number or a single letter. A text may have thousands of hyphens. */
const wordAround = (text: string, { start, end }: Hyphen): string | null => {
  const right = twoLettersAfter.exec(text.slice(end, end + 60))
  const left = right && twoLettersBefore.exec(text.slice(Math.max(0, start - 60), start))
  return left && right && `${left[0]}-${right[0]}`.normalize('NFKC').toLowerCase()
}

/** Returns the words that a source divides at the end of a line, each with its hyphen: inter-national, well-known. */
export const dividedWordsIn = (source: string): Set<string> =>
  new Set(
    hyphensIn(source)
      .filter(({ gap }) => isBreak.test(gap))
      .map((found) => wordAround(source, found))
      .filter((word) => word !== null),
  )

/**
 * Returns the line breaks of a text that divide words and numbers. The hyphens of `divided` words go too, wherever they
 * stand: whether inter-national or well-known has one of its own cannot be seen, so that such words are compared without.
 */
export const lineBreaksIn = (text: string, divided: Set<string>): Range[] => [
  ...hyphensIn(text).flatMap((found): Range[] => {
    const { start, end, gap, isVisible } = found
    if (divided.size > 0 && divided.has(wordAround(text, found) ?? '')) return [[start, end]]
    if (!isBreak.test(gap)) return []
    return [[isVisible ? start + 1 : start, end]]
  }),
  ...[...text.matchAll(unspacedBreak)].map(({ index, 0: rest, groups }): Range => {
    const gap = groups?.gap ?? ''
    return [index + 1 - gap.length, index + rest.length]
  }),
]
