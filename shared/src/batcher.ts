export type BatcherOptions = {
  /** A batch holds at most so many entries; the others follow in the next one. */
  max?: number
  /** Starts an idle batcher at the end of this turn of the event loop, so that entries of one burst travel together. */
  soon?: boolean
}

/**
 * Sends entries in batches, one batch at a time: what is added while a batch is under way travels in the next one. An entry
 * whose key waits already replaces the one that waits.
 *
 * @param send gets the entries of a batch in the order of their keys. It must not reject: it tells its entries what became
 * of them.
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
    /** The entry of this key that waits for the next batch. */
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
