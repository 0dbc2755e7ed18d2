/** A card as the export reads it. Lengths are those of the table; only `source_quote` and `tags` may be empty. */
export type ExportedCard = {
  id: string
  front: string
  back: string
  source_quote: string | null
  tags: readonly string[]
  created_at: Date | string
  updated_at: Date | string
}

/** Pages of cards, each read when its consumer asks for it. Oldest first: Anki shows the order as that of creation. */
export type CardBatches = AsyncIterable<readonly ExportedCard[]>

/**
 * Writes cards as the bytes of one file. It reads no batch before its consumer asks for bytes, and closes `batches` when
 * it ends early.
 *
 * @throws the reason of `signal` when that is aborted, and whatever `batches` throws
 */
export type WriteCards = (batches: CardBatches, signal: AbortSignal) => AsyncGenerator<Uint8Array>
