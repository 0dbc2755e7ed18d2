import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExportedCard } from './card.ts'
import { cardFormats } from './formats.ts'
import { readCards } from './read-cards.ts'
import { anyCards } from './testing/any-cards.ts'
import { importedFrom } from './testing/imported-from.ts'
import { batchesOf, neverAborted, written } from './testing/sample-cards.ts'

/** The same bytes in pieces that divide characters, cells and lines. */
const inPieces = function* (bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const reread = async (format: 'anki' | 'csv', cards: ExportedCard[], size: number) => {
  const bytes = await written(cardFormats[format].write(batchesOf(cards), neverAborted))
  return importedFrom(readCards(format, inPieces(bytes, size)))
}

describe.each(['anki', 'csv'] as const)('the format %s', (format) => {
  it('gives back each text and tag exactly when its own file is imported, wherever the bytes are divided', async () => {
    await fc.assert(
      fc.asyncProperty(anyCards, fc.integer({ min: 1, max: 300 }), async (cards, size) => {
        const read = await reread(format, cards, size)
        expect(read.issues).toEqual([])
        expect(read.cards.map(({ line: _, ...card }) => card)).toEqual(
          cards.map(({ id, front, back, source_quote, tags }) => ({ guid: id, front, back, source_quote, tags })),
        )
      }),
      { numRuns: 100 },
    )
  })
})

it('json gives back every field exactly', async () => {
  await fc.assert(
    fc.asyncProperty(anyCards, async (cards) => {
      const bytes = await written(cardFormats.json.write(batchesOf(cards), neverAborted))
      expect(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))).toEqual({ data: cards })
    }),
  )
})
