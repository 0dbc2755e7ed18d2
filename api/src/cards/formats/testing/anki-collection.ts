import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { decodeHTML } from 'entities/decode'
import { unzipSync } from 'fflate'
import { z } from 'zod'

const Note = z.object({
  id: z.int(),
  guid: z.string().min(1),
  mid: z.int(),
  mod: z.int(),
  tags: z.string(),
  flds: z.string(),
  sfld: z.union([z.string(), z.int()]),
  csum: z.int(),
  types: z.literal('integer/integer/integer/integer'),
})
const Card = z.object({
  id: z.int(),
  nid: z.int(),
  did: z.int(),
  ord: z.int(),
  type: z.int(),
  queue: z.int(),
  due: z.int(),
})
const Named = z.object({ name: z.string().min(1), ord: z.int() })
const NoteType = z.object({
  id: z.int(),
  mod: z.int(),
  type: z.literal(0),
  tmpls: z.array(Named),
  flds: z.array(Named),
})
const Collection = z.object({ ver: z.literal(11), models: z.string(), decks: z.string(), dconf: z.string() })
const Decks = z.record(z.string(), z.object({ id: z.int(), name: z.string(), dyn: z.literal(0), conf: z.int() }))

type StoredNote = Pick<z.output<typeof Note>, 'id' | 'mid' | 'mod' | 'tags'> & { fields: string[] }

/** What Anki compares first fields by: their text without markup. */
const checksum = (field: string): number => {
  const text = decodeHTML(field.replaceAll(/<[^>]*>/g, ''))
  return Number.parseInt(createHash('sha1').update(text).digest('hex').slice(0, 8), 16)
}

const check = (holds: boolean, rule: string) => {
  if (!holds) throw new Error(`Anki would not take this package: ${rule}`)
}

/** The database of a package, by SQLite alone. */
const readPackage = (bytes: Uint8Array) => {
  const files = unzipSync(bytes)
  check(Object.keys(files).sort().join() === 'collection.anki2,media', 'the archive has a collection and media')
  check(new TextDecoder().decode(files.media) === '{}', 'media is an empty list')
  const folder = mkdtempSync(join(tmpdir(), 'recto-anki-'))
  try {
    const path = join(folder, 'collection.anki2')
    writeFileSync(path, files['collection.anki2'] ?? new Uint8Array())
    using database = new DatabaseSync(path, { readOnly: true })
    const rows = <R extends z.ZodType>(row: R, sql: string): z.output<R>[] =>
      z.array(row).parse(database.prepare(sql).all())
    check(JSON.stringify(database.prepare('pragma integrity_check').all()).includes('"ok"'), 'SQLite finds no damage')
    const [col, ...more] = rows(Collection, 'select * from col')
    if (col === undefined || more.length > 0) throw new Error('col has not one row')
    return {
      noteTypes: z.record(z.string(), NoteType).parse(JSON.parse(col.models)),
      decks: Decks.parse(JSON.parse(col.decks)),
      options: z.record(z.string(), z.object({ id: z.int() })).parse(JSON.parse(col.dconf)),
      notes: rows(
        Note,
        `select *, concat_ws('/', typeof(id), typeof(mid), typeof(mod), typeof(csum)) as types from notes order by id`,
      ),
      cards: rows(Card, 'select * from cards order by id'),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * A collection of Anki that packages are imported into, by the rules of its importer: a new guid adds a note and a new
 * card. A known guid updates the note when the package has the same note type and a later time of change, and never
 * touches the card and its schedule. It throws when Anki would not take the package.
 */
export const createAnkiCollection = () => {
  const notes = new Map<string, StoredNote>()
  const cards = new Map<number, { due: string }>()
  const noteTypes = new Map<number, string>()

  const importPackage = (bytes: Uint8Array) => {
    const read = readPackage(bytes)
    const tomorrow = Date.now() + 86_400_000
    const outcome = { added: 0, updated: 0, unchanged: 0, conflicting: 0 }
    for (const [id, noteType] of Object.entries(read.noteTypes)) {
      check(Number(id) === noteType.id, 'a note type has one id')
      const shape = JSON.stringify([noteType.flds, noteType.tmpls].map((list) => list.map(({ name }) => name)))
      check((noteTypes.get(noteType.id) ?? shape) === shape, 'a note type keeps its fields and templates')
      noteTypes.set(noteType.id, shape)
    }
    for (const deck of Object.values(read.decks)) check(String(deck.conf) in read.options, 'a deck has options')
    check(new Set(read.notes.map(({ guid }) => guid)).size === read.notes.length, 'a guid stands once')
    const cardsOf = Map.groupBy(read.cards, ({ nid }) => nid)
    check(cardsOf.size === read.notes.length, 'each note has cards, and each card a note')

    for (const note of read.notes) {
      const fields = note.flds.split('\u001f')
      const own = cardsOf.get(note.id) ?? []
      check(note.id > 0 && note.id < tomorrow, 'the id of a note is its time of creation')
      check(read.noteTypes[note.mid]?.flds.length === fields.length, 'a note has the fields of its note type')
      check(note.csum === checksum(fields[0] ?? ''), 'the checksum is that of the first field')
      check(/^$|^ \S+( \S+)* $/.test(note.tags), 'tags are separated by single spaces')
      check(own.length === 1 && own.every(({ ord, type, queue }) => ord + type + queue === 0), 'a card is new')
      check(
        own.every(({ did }) => String(did) in read.decks),
        'a card has a deck',
      )
      const known = notes.get(note.guid)
      const stored = { id: known?.id ?? note.id, mid: note.mid, mod: note.mod, tags: note.tags, fields }
      if (known === undefined) {
        outcome.added += 1
        notes.set(note.guid, stored)
        cards.set(stored.id, { due: `new ${own[0]?.due}` })
      } else if (known.mod >= note.mod) outcome.unchanged += 1
      else if (known.mid !== note.mid) outcome.conflicting += 1
      else {
        outcome.updated += 1
        notes.set(note.guid, stored)
      }
    }
    return outcome
  }

  return {
    importPackage,
    notes,
    /** The person learns: each card gets a schedule of its own. */
    learn: () => {
      for (const [id, card] of cards) card.due = `in ${id % 97} days`
    },
    schedules: () => new Map([...cards].map(([id, { due }]) => [id, due])),
  }
}
