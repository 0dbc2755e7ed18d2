import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ankiField } from './anki-field.ts'
import { writeApkg } from './apkg.ts'
import type { ExportedCard } from './card.ts'
import { createAnkiCollection } from './testing/anki-collection.ts'
import { anyCards } from './testing/any-cards.ts'
import { batchesOf, neverAborted, sampleCard, written } from './testing/sample-cards.ts'

const packageOf = (cards: ExportedCard[]) => written(writeApkg(batchesOf(cards), neverAborted))

/** A folder for temporary files that no other test writes into. Returns what is in it. */
const ownTemporaryFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'recto-formats-'))
  vi.stubEnv('TMPDIR', folder).stubEnv('TEMP', folder)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })
  return () => readdirSync(folder)
}

describe('writeApkg', () => {
  it('updates exactly the one edited card of 1,000 at the next import, adds none, and keeps every schedule', async () => {
    const cards = Array.from({ length: 1_000 }, (_, n) => sampleCard(n))
    const collection = createAnkiCollection()
    expect(collection.importPackage(await packageOf(cards))).toEqual({
      added: 1_000,
      updated: 0,
      unchanged: 0,
      conflicting: 0,
    })
    collection.learn()
    const schedules = collection.schedules()

    const edited = sampleCard(500, { front: 'What is five hundred?', tags: [], updated_at: '2026-11-01T00:00:00Z' })
    const again = cards.with(500, edited)
    expect(collection.importPackage(await packageOf(again))).toEqual({
      added: 0,
      updated: 1,
      unchanged: 999,
      conflicting: 0,
    })
    expect(collection.schedules()).toEqual(schedules)
    expect(collection.notes.get(edited.id)).toMatchObject({
      fields: [edited.front, edited.back, edited.source_quote],
      tags: '',
    })
  })

  it('updates the same notes when the cards come in another order and with others', async () => {
    const cards = Array.from({ length: 40 }, (_, n) => sampleCard(n))
    const collection = createAnkiCollection()
    collection.importPackage(await packageOf(cards.slice(0, 20)))
    const schedules = collection.schedules()
    const changed = cards.map((card) => ({ ...card, back: 'changed', updated_at: '2026-11-01T00:00:00Z' }))
    expect(collection.importPackage(await packageOf(changed.toReversed()))).toMatchObject({ added: 20, updated: 20 })
    expect([...collection.schedules()]).toEqual(expect.arrayContaining([...schedules]))
  })

  it('gives each note its own id when all cards were created at once, and packs no card at all', async () => {
    const created_at = '2026-01-01T00:00:00Z'
    const cards = Array.from({ length: 50 }, (_, n) => sampleCard(n, { created_at }))
    const collection = createAnkiCollection()
    expect(collection.importPackage(await packageOf(cards))).toMatchObject({ added: 50 })
    expect(new Set([...collection.notes.values()].map(({ id }) => id)).size).toBe(50)
    expect(collection.importPackage(await packageOf([]))).toMatchObject({ added: 0 })
  })

  it('writes notes that Anki takes, with three fields and their tags, whatever the texts are', async () => {
    await fc.assert(
      fc.asyncProperty(anyCards, async (cards) => {
        const collection = createAnkiCollection()
        collection.importPackage(await packageOf(cards))
        for (const { id, front, back, source_quote, tags } of cards) {
          const note = collection.notes.get(id)
          expect(note?.fields).toEqual([ankiField(front), ankiField(back), ankiField(source_quote ?? '')])
          expect(note?.tags.split(' ').filter((tag) => tag !== '')).toEqual(tags)
        }
      }),
      { numRuns: 25 },
    )
  })

  it('leaves no file behind at the end, after an error, after an abort and when its consumer leaves', async () => {
    const exports = ownTemporaryFolder()
    await packageOf([sampleCard(1)])

    const broken = async function* () {
      yield [sampleCard(1)]
      throw new Error('connection terminated')
    }
    await expect(written(writeApkg(broken(), neverAborted))).rejects.toThrow('connection terminated')

    const abort = new AbortController()
    const aborting = async function* () {
      yield [sampleCard(1)]
      expect(exports()).toHaveLength(1)
      abort.abort(new Error('left'))
      yield [sampleCard(2)]
    }
    await expect(written(writeApkg(aborting(), abort.signal))).rejects.toThrow('left')

    const chunks = writeApkg(batchesOf([sampleCard(1)]), neverAborted)
    expect((await chunks.next()).done).toBe(false)
    expect(exports()).toHaveLength(1)
    await chunks.return(undefined)
    expect(exports()).toEqual([])
  })
})
