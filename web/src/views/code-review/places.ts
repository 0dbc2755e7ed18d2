import type { Finding } from '@recto/client'
import { codePoints } from '@recto/shared/text'
import type { Quote } from '../../suggestion/source.tsx'

export type CodeFile = { path: string; content: string }

/** Characters that change the order in which others are shown: code could read otherwise than it runs. */
const reordering = /[\u202a-\u202e\u2066-\u2069]/g

/** Code as it is shown: with the line ends that lines are counted by, and each character in its place. */
export const shownCode = (code: string): string => code.replaceAll('\r\n', '\n').replace(reordering, '\ufffd')

/** The lines of findings as parts of the text of their file. */
export const quotesOf = (text: string, findings: Finding[]): Quote[] => {
  const starts = [0]
  let end = 0
  for (const line of text.split('\n')) {
    end += codePoints(line) + 1
    starts.push(end)
  }
  return findings.flatMap(({ id, start_line, end_line }) => {
    const [start, next] = [starts[start_line - 1], starts[end_line]]
    return start === undefined || next === undefined ? [] : { key: id, quote_start: start, quote_end: next - 1 }
  })
}

/** Findings by file, in the order of the request, and by line. */
export const inOrder = (findings: Finding[], files: CodeFile[]): Finding[] => {
  const order = new Map(files.map(({ path }, n) => [path, n]))
  const place = ({ path }: Finding) => order.get(path) ?? files.length
  return findings.toSorted(
    (a, b) =>
      place(a) - place(b) ||
      (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) ||
      a.start_line - b.start_line ||
      a.position - b.position,
  )
}
