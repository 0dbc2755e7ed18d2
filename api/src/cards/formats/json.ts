import type { ExportedCard } from './card.ts'
import { textWriter } from './write-text.ts'

const iso = (time: Date | string): string => new Date(time).toISOString()

/** The fields are named, so that a column that is added to the table does not get into the file unnoticed. */
const line = ({ id, front, back, source_quote, tags, created_at, updated_at }: ExportedCard): string =>
  JSON.stringify({
    id,
    front,
    back,
    source_quote,
    tags,
    created_at: iso(created_at),
    updated_at: iso(updated_at),
  })

/** `{"data": [...]}` with one card in each line. A file that was cut off is no JSON. */
export const writeJson = textWriter({ head: '{"data":[\n', card: line, between: ',\n', tail: '\n]}\n' })
