import type { Range } from './hide.ts'

// Headings, block quotes and bullets, also with full-width marks.
const atLineStart = /^(?:[ \t]*(?:[>＞﹥]|[#＃﹟]{1,6}(?=\s)|[*＊﹡](?=\s)))+/gm
const run = /[*_`＊＿｀﹡]+|\n/g

const digit = /\p{N}/u
const operand = /[\p{N}\p{sc=Latin}\p{sc=Greek})\]]/u

/** Whether a run of marks is a sign: 3 * 5, 2**n, 3_000. A letter beside an underscore makes it an index or a name. */
const isSign = (marks: string, before: string, after: string): boolean => {
  if (/\s/.test(before) && /^\s/.test(after)) return true
  if (digit.test(before) && digit.test(after.charAt(0))) return true
  if (!/[*＊﹡]/.test(marks)) return false
  const next = after.replace(/^[-−+.]/, '').charAt(0)
  return operand.test(before) && (digit.test(next) || (digit.test(before) && operand.test(next)))
}

/** Returns the marks of Markdown in a text: of headings, block quotes, bullets, emphasis and code. */
export const marksIn = (text: string): Range[] => {
  const ranges = [...text.matchAll(atLineStart)].map(({ index, 0: marks }): Range => [index, index + marks.length])
  let open = ''
  for (const { index, 0: marks } of text.matchAll(run)) {
    const end = index + marks.length
    const [before, after] = [text.charAt(index - 1), text.slice(end, end + 2)]
    const closes = marks === open && !(digit.test(before) && digit.test(after.charAt(0)))
    if (marks === '\n') open = ''
    else if (closes || !isSign(marks, before, after)) {
      ranges.push([index, end])
      open = closes ? '' : marks
    }
  }
  return ranges
}
