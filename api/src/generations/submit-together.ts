import { isUnreachable } from '@recto/shared/database'
import type pg from 'pg'
import type { InTurn } from '../db/write-as.ts'
import type { Batch, Inserted, Sent } from './insert.ts'

/**
 * The most submissions of one statement. Ten take 45 % of the database's time that they take one by one, and more would
 * save little (docs/performance.md).
 */
const MOST = 10

/** Stores submissions of one caller in one account: all or none. */
type Store = (pool: pg.Pool, sent: Batch) => Promise<Inserted[]>

type Waiting = { sent: Sent; answer: PromiseWithResolvers<Inserted> }

/** Whose statement may store a submission: the caller's, with the same token, in the same account. */
const lineOf = ({ actor, input }: Sent): string => `${input.account_id} ${actor.caller.claims}`

/**
 * Lets submissions that wait for turns of the same person share a statement: the first whose turn comes takes the next
 * ones along, and their own turns pass with nothing to do. A statement that is refused is repeated for each of them by
 * itself, so that none is refused because of another. One that may have been stored is never sent again.
 */
export const submitTogether = (inTurn: InTurn, store: Store): ((sent: Sent) => Promise<Inserted>) => {
  /** Those that no turn has taken along yet. */
  const lines = new Map<string, Waiting[]>()

  const join = (name: string, waiting: Waiting): void => {
    const line = lines.get(name)
    if (line) line.push(waiting)
    else lines.set(name, [waiting])
  }

  const take = (name: string): Waiting[] => {
    const line = lines.get(name) ?? []
    const taken = line.splice(0, MOST)
    if (line.length === 0) lines.delete(name)
    return taken
  }

  /** Whether it still waited. */
  const leave = (name: string, waiting: Waiting): boolean => {
    const line = lines.get(name) ?? []
    const left = line.filter((one) => one !== waiting)
    if (left.length > 0) lines.set(name, left)
    else lines.delete(name)
    return left.length < line.length
  }

  const storeAll = async (pool: pg.Pool, batch: Waiting[]): Promise<void> => {
    const [first, ...others] = batch
    if (!first) return
    try {
      const stored = await store(pool, [first.sent, ...others.map(({ sent }) => sent)])
      for (const [n, row] of stored.entries()) batch[n]?.answer.resolve(row)
    } catch (error) {
      if (others.length === 0 || isUnreachable(error)) throw error
      for (const one of batch) await storeAll(pool, [one]).catch(one.answer.reject)
    }
  }

  return (sent) => {
    const mine: Waiting = { sent, answer: Promise.withResolvers() }
    const name = lineOf(sent)
    join(name, mine)
    let batch: Waiting[] | undefined
    inTurn(sent.actor, async (pool) => {
      // A turn that got no connection in time is given once more.
      batch ??= take(name)
      await storeAll(pool, batch)
    }).catch((error: unknown) => {
      if (batch) for (const { answer } of batch) answer.reject(error)
      else if (leave(name, mine)) mine.answer.reject(error)
    })
    return mine.answer.promise
  }
}
