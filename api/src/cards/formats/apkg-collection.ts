import { hash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { ankiField } from './anki-field.ts'
import { collectionRow, DECK_ID, NOTE_TYPE_ID, schema } from './apkg-schema.ts'
import type { CardBatches, ExportedCard } from './card.ts'
import { inSteps } from './steps.ts'
import { joinTags } from './tags.ts'

const milliseconds = (time: Date | string): number => new Date(time).getTime()

/** What Anki compares and sorts notes by. It computes both again when it imports a note. */
const firstField = (front: string) => {
  const text = front.replaceAll('\n', '')
  return { sfld: text, csum: Number.parseInt(hash('sha1', text).slice(0, 8), 16) }
}

/**
 * Opens a new database that loses its content when the process dies. The file is used once and then removed, so it
 * needs no journal.
 */
const create = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path)
  database.exec(`pragma journal_mode = off; pragma synchronous = off; ${schema}`)
  const row = collectionRow(Date.now())
  database.prepare(`insert into col values (${row.map(() => '?').join(', ')})`).run(...row)
  return database
}

/**
 * Writes cards into a new database of Anki at `path`. The key of a note is the card's id and its time of change that of
 * the card, so that another import updates the notes of changed cards, and only these.
 *
 * @throws the reason of `signal` when that is aborted, and whatever `batches` throws
 */
export const writeCollection = async (path: string, batches: CardBatches, signal: AbortSignal): Promise<void> => {
  const database = create(path)
  try {
    const note = database.prepare(`insert into notes values (?, ?, ${NOTE_TYPE_ID}, ?, -1, ?, ?, ?, ?, 0, '')`)
    const card = database.prepare(
      `insert into cards values (?1, ?1, ${DECK_ID}, 0, ?2, -1, 0, 0, ?3, 0, 0, 0, 0, 0, 0, 0, 0, '')`,
    )
    let id = 0
    let position = 0
    const add = ({ id: guid, front, back, source_quote, tags, created_at, updated_at }: ExportedCard) => {
      // Anki reads the time of creation from the id of a note.
      id = Math.max(id + 1, milliseconds(created_at))
      position += 1
      const mod = Math.floor(milliseconds(updated_at) / 1000)
      const flds = [front, back, source_quote ?? ''].map(ankiField).join('\u001f')
      const { sfld, csum } = firstField(front)
      note.run(id, guid, mod, tags.length === 0 ? '' : ` ${joinTags(tags)} `, flds, sfld, csum)
      card.run(id, mod, position)
    }
    for await (const cards of inSteps(batches, signal)) {
      database.exec('begin')
      for (const one of cards) add(one)
      database.exec('commit')
    }
  } finally {
    database.close()
  }
}
