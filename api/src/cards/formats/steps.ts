import { setImmediate } from 'node:timers/promises'
import type { CardBatches, ExportedCard } from './card.ts'

/** So many cards of the greatest length are written in less than 50 ms, in every format. */
const CARDS_AT_ONCE = 250

/**
 * The cards in small pieces, however large the batches are. Other work of the process runs between two pieces.
 *
 * @throws the reason of `signal` when that is aborted
 */
export async function* inSteps(batches: CardBatches, signal: AbortSignal): AsyncGenerator<readonly ExportedCard[]> {
  for await (const batch of batches) {
    for (let at = 0; at < batch.length; at += CARDS_AT_ONCE) {
      signal.throwIfAborted()
      yield batch.slice(at, at + CARDS_AT_ONCE)
      await setImmediate()
    }
  }
  signal.throwIfAborted()
}
