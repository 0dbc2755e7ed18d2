import type { CardBatches, ExportedCard } from '../card.ts'

/** A card with a text of its own. Its times are a minute apart from those of the next one. */
export const sampleCard = (n: number, more: Partial<ExportedCard> = {}): ExportedCard => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  front: `What is number ${n}?`,
  back: `The number ${n}`,
  source_quote: `number ${n} is the number ${n}`,
  tags: ['numbers', `n${n % 7}`],
  created_at: new Date(Date.UTC(2026, 0, 1) + n * 60_000),
  updated_at: new Date(Date.UTC(2026, 6, 1) + n * 60_000),
  ...more,
})

export const batchesOf = async function* (...batches: (readonly ExportedCard[])[]): CardBatches {
  yield* batches
}

/** What an export writes, whole. */
export const written = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

export const neverAborted = new AbortController().signal
