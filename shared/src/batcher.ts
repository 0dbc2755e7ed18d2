export type BatcherOptions = {
  /** The most entries of one batch; the others follow in the next one. Without it a batch has no limit. */
  max?: number
  /**
   * Starts an idle batcher at the end of this turn of the event loop, so that the entries of a burst travel together.
   * Without it an idle batcher sends the first entry at once.
   */
  soon?: boolean
}

/**
 * Sends entries in batches, one batch at a time: entries that are added while a batch is under way travel in the next
 * one. An entry replaces one with the same key that still waits.
 * @param send gets the entries of a batch in the order of their keys. It must not reject, but handles failures itself
 */
export const createBatcher = <K, V>(
  send: (batch: ReadonlyMap<K, V>) => Promise<unknown>,
  { max = Number.POSITIVE_INFINITY, soon = false }: BatcherOptions = {},
) => {
  const waiting = new Map<K, V>()
  let sending = false

  const drain = async () => {
    while (waiting.size > 0) {
      const batch = new Map(waiting.entries().take(max))
      for (const key of batch.keys()) waiting.delete(key)
      await send(batch)
    }
    sending = false
  }

  return {
    /** The entry with this key that waits for the next batch, if any. */
    waiting: (key: K): V | undefined => waiting.get(key),
    add: (key: K, value: V): void => {
      waiting.set(key, value)
      if (sending) return
      sending = true
      if (soon) setImmediate(() => void drain())
      else void drain()
    },
  }
}
