import { unguardFormula } from './formula-guard.ts'
import type { Layout } from './layout.ts'
import { splitTags } from './tags.ts'

const columns = ['id', 'front', 'back', 'source_quote', 'tags']

/** In Recto's own files. An import sets them anew. */
const ignored = ['created_at', 'updated_at']

const known = [...columns, ...ignored]

const headerProblem = (names: string[]): string | null => {
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) return `there is no column ${JSON.stringify(unknown)}: a file may have ${known.join(', ')}`
  if (new Set(names).size < names.length) return 'a column stands twice'
  if (!names.includes('front') || !names.includes('back')) return 'the first line must name the columns front and back'
  return null
}

/** Spreadsheets write empty cells up to the last column that anything stood in. */
const withoutEmptyEnd = (cells: string[]): string[] => cells.slice(0, cells.findLastIndex((cell) => cell !== '') + 1)

/** CSV with a line of names. Spreadsheets write semicolons or tabs where a comma is the decimal point. */
export const csvLayout = (): Layout => {
  let names: string[] | null = null
  return {
    candidates: ',;\t',
    comments: false,
    comment: () => null,
    record: (cells) => {
      if (names === null) {
        names = withoutEmptyEnd(cells).map((cell) => cell.trim().toLowerCase())
        const problem = headerProblem(names)
        return problem === null ? null : { problem, fatal: true }
      }
      const count = withoutEmptyEnd(cells).length
      if (count === 0) return null
      if (count > names.length) return { problem: `has ${count} cells, and the first line ${names.length}` }
      const row = names
      const cell = (name: string): string => unguardFormula(cells[row.indexOf(name)] ?? '')
      return {
        card: {
          guid: cell('id') || null,
          front: cell('front'),
          back: cell('back'),
          source_quote: cell('source_quote') || null,
          tags: row.includes('tags') ? splitTags(cell('tags')) : null,
        },
      }
    },
  }
}
