import { setTimeout as delay } from 'node:timers/promises'
import { isUnreachable, waitedForLock } from './database.ts'

export type BatcherOptions = {
  /** The most entries of one batch; the others follow in the next one. Without it a batch has no limit. */
  max?: number
  /**
   * Starts an idle batcher at the end of this turn of the event loop, so that the entries of a burst travel together.
   * Without it an idle batcher sends the first entry at once.
   */
  soon?: boolean
  /** How long after a batch the next one may be sent, in milliseconds, unless it is full. The first entry never waits. */
  lingerMs?: number
}

/**
 * Sends entries in batches, one batch at a time: entries that are added while a batch is under way travel in the next
 * one. An entry replaces one with the same key that still waits.
 * @param send gets the entries of a batch in the order of their keys. It must not reject, but handles failures itself
 */
export const createBatcher = <K, V>(
  send: (batch: ReadonlyMap<K, V>) => Promise<unknown>,
  { max = Number.POSITIVE_INFINITY, soon = false, lingerMs = 0 }: BatcherOptions = {},
) => {
  const waiting = new Map<K, V>()
  let sending = false

  const drain = async () => {
    while (waiting.size > 0) {
      const batch = new Map(waiting.entries().take(max))
      for (const key of batch.keys()) waiting.delete(key)
      await send(batch)
      if (lingerMs > 0 && waiting.size < max) await delay(lingerMs)
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

/**
 * Lets entries that meet share a write, each with an answer of its own. When the database refuses the write of several,
 * each of them is sent by itself, so that none fails because of another. Nor does one wait for another: a write of several
 * should not wait for a lock for long, and those that are sent by themselves do not hold up the next batch.
 * @param write writes all entries and returns what to answer each of them. An answer that throws concerns its entry only
 * @returns adds an entry, and rejects with the error of its own write
 */
export const createSharedWrite = <In, Out>(
  write: (entries: In[]) => Promise<(entry: In) => Out | Promise<Out>>,
  options: BatcherOptions,
): ((entry: In) => Promise<Out>) => {
  type Waiting = PromiseWithResolvers<Out>

  const send = async (batch: ReadonlyMap<Waiting, In>): Promise<void> => {
    try {
      const answerTo = await write([...batch.values()])
      for (const [answer, entry] of batch) answer.resolve(Promise.resolve(entry).then(answerTo))
    } catch (error) {
      const concernsOne = !isUnreachable(error) || waitedForLock(error)
      if (batch.size > 1 && concernsOne) for (const entry of batch) void send(new Map([entry]))
      else for (const answer of batch.keys()) answer.reject(error)
    }
  }

  const batcher = createBatcher<Waiting, In>(send, { ...options, soon: true })
  return (entry) => {
    const answer = Promise.withResolvers<Out>()
    batcher.add(answer, entry)
    return answer.promise
  }
}
