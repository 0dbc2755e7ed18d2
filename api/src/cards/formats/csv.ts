import { guardFormula } from './formula-guard.ts'
import { joinTags } from './tags.ts'
import { textWriter } from './write-text.ts'

// All cells are quoted: a spreadsheet that separates by semicolons would find the start of a cell within a text.
const row = (cells: string[]): string => `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\r\n`

const iso = (time: Date | string): string => new Date(time).toISOString()

/**
 * RFC 4180 with a line of names. It begins with a byte order mark, without which Excel does not read UTF-8. U+0000
 * becomes U+FFFD, because spreadsheets end a text there.
 */
export const writeCsv = textWriter({
  head: `\ufeff${row(['id', 'front', 'back', 'source_quote', 'tags', 'created_at', 'updated_at'])}`,
  card: ({ id, front, back, source_quote, tags, created_at, updated_at }) =>
    row(
      [id, front, back, source_quote ?? '', joinTags(tags), iso(created_at), iso(updated_at)].map((cell) =>
        guardFormula(cell.replaceAll('\0', '\ufffd')),
      ),
    ),
  between: '',
  tail: '',
})
