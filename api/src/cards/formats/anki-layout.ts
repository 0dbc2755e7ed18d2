import { readHtml } from './html-text.ts'
import type { Layout, Read } from './layout.ts'
import { splitTags } from './tags.ts'

const separators: Record<string, string> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  space: ' ',
  pipe: '|',
  colon: ':',
}

const columnKeys = ['guid', 'tags', 'notetype', 'deck'] as const
type ColumnKey = (typeof columnKeys)[number]

const fieldNames = ['front', 'back', 'source_quote'] as const

/** The text of each field, or why a field is no text. */
const readFields = (fields: string[], html: boolean): string[] | { problem: string } => {
  if (!html) return fields
  const read = fields.map(readHtml)
  const at = read.findIndex(({ media }) => media !== null)
  if (at !== -1) return { problem: `${fieldNames[at]} contains <${read[at]?.media}>, and a card has only text` }
  return read.map(({ text }) => text)
}

/**
 * Anki's text file. The lines at its head say what separates cells, whether fields are HTML, and which columns hold the
 * key and the tags. The columns that are left are the front, the back and the quote. Without a head, cells are separated
 * by tabs and are text.
 */
export const ankiLayout = (): Layout => {
  const column = new Map<ColumnKey, number>()
  let html = false
  let tagsOfAll: string[] = []
  let head = true

  const cardOf = (cells: string[]): Read => {
    const cell = (key: ColumnKey): string => cells[(column.get(key) ?? 0) - 1] ?? ''
    const named = new Set(column.values())
    const fields = cells.filter((_, index) => !named.has(index + 1))
    const extra = fields.findLastIndex((field) => field !== '') + 1
    if (extra > fieldNames.length)
      return { problem: `has ${extra} fields, and a card has at most ${fieldNames.length}` }
    const texts = readFields(fields.slice(0, fieldNames.length), html)
    if ('problem' in texts) return texts
    const [front = '', back = '', quote = ''] = texts
    const saysTags = column.has('tags') || tagsOfAll.length > 0
    const tags = saysTags ? [...new Set([...splitTags(cell('tags')), ...tagsOfAll])] : null
    return { card: { guid: cell('guid') || null, front, back, source_quote: quote || null, tags } }
  }

  return {
    candidates: '\t',
    comments: true,
    comment: (text) => {
      const [, key = '', value = ''] = /^([^:]*):(.*)$/.exec(text) ?? []
      if (!head) return null
      const name = key.trim().toLowerCase()
      if (name === 'separator')
        return separators[value.trim().toLowerCase()] ?? ([...value].length === 1 ? value : null)
      if (name === 'html') html = value.trim().toLowerCase() === 'true'
      if (name === 'tags') tagsOfAll = splitTags(value)
      const columnKey = columnKeys.find((one) => name === `${one} column`)
      if (columnKey !== undefined) column.set(columnKey, Number(value))
      return null
    },
    record: (cells) => {
      head = false
      return cardOf(cells)
    },
  }
}
