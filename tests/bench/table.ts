import type { Row } from './row.ts'

const verdict = (met: boolean | null) => (met === null ? '' : met ? 'met' : 'NOT MET')

/** The rows as a Markdown table whose columns also line up in a terminal. */
export const table = (rows: readonly Row[]): string => {
  const head = ['measured', 'Recto', 'against', 'ratio', 'target', '']
  const body = rows.map((row) => [row.what, row.recto, row.against, row.ratio, row.target, verdict(row.met)])
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...body.map((cells) => cells[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}
