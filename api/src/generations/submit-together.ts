import { isUnreachable, sqlState } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import type pg from 'pg'
import type { InTurn } from '../db/write-as.ts'
import type { Batch, Inserted, Sent } from './insert.ts'

/**
 * The most submissions of one statement. Ten take 45 % of the database's time that they take one by one, and more would
 * save little (docs/adr/0039-*).
 */
const MOST = 10

/**
 * The most characters of one statement, about as many as one submission may have. Long ones save nothing together, and
 * would hold up the turns of others.
 */
const MOST_CHARACTERS = 400_000

/** Stores submissions of one caller in one account: all or none. */
type Store = (pool: pg.Pool, sent: Batch) => Promise<Inserted[]>

/**
 * `characters`: how many it takes of a statement's. `late`: why its own turn did not come. `turn`: aborted when its own turn
 * is not needed any more.
 */
type Waiting = {
  sent: Sent
  answer: PromiseWithResolvers<Inserted>
  characters: number
  turn: AbortController
  late?: unknown
}

/** Whose statement may store a submission: the caller's, with the same token, in the same account. */
const lineOf = ({ actor, input }: Sent): string => `${input.account_id} ${actor.caller.claims}`

/** Whether the database has answered, and stored nothing. After any other error it may have. */
const isRefusal = (error: unknown): boolean =>
  error instanceof AppError || (sqlState(error) !== undefined && !isUnreachable(error))

/**
 * Lets submissions that wait for turns of the same person share a statement: the first whose turn comes takes the next
 * ones along, and they give up their own turns when it has ended. When their statement is refused, each is stored by
 * itself in its own turn, so that none is refused because of another. One that may have been stored is never sent again.
 */
export const submitTogether = (inTurn: InTurn, store: Store): ((sent: Sent) => Promise<Inserted>) => {
  /** Those that no turn has taken along yet, in the order of their turns. */
  const lines = new Map<string, Waiting[]>()

  const join = (name: string, waiting: Waiting): void => {
    const line = lines.get(name)
    if (line) line.push(waiting)
    else lines.set(name, [waiting])
  }

  const setLine = (name: string, line: Waiting[]): void => {
    if (line.length > 0) lines.set(name, line)
    else lines.delete(name)
  }

  const take = (name: string): Waiting[] => {
    const line = lines.get(name) ?? []
    let characters = 0
    const isBeyond = (one: Waiting, n: number) => {
      characters += one.characters
      return n > 0 && (n === MOST || characters > MOST_CHARACTERS)
    }
    const beyond = line.findIndex(isBeyond)
    const taken = line.splice(0, beyond === -1 ? line.length : beyond)
    setLine(name, line)
    return taken
  }

  /** Whether it still waited. */
  const leave = (name: string, waiting: Waiting): boolean => {
    const line = lines.get(name) ?? []
    const left = line.filter((one) => one !== waiting)
    setLine(name, left)
    return left.length < line.length
  }

  /** Lets each of them wait for its own turn again, and fill a statement. */
  const giveBack = (name: string, refused: Waiting[]): void => {
    for (const one of refused) {
      one.characters = MOST_CHARACTERS
      if (one.late !== undefined) one.answer.reject(one.late)
    }
    setLine(name, [...refused.filter(({ late }) => late === undefined), ...(lines.get(name) ?? [])])
  }

  return (sent) => {
    const name = lineOf(sent)
    const mine: Waiting = {
      sent,
      answer: Promise.withResolvers(),
      characters: JSON.stringify(sent.input).length,
      turn: new AbortController(),
    }
    join(name, mine)
    let batch: Waiting[] | undefined

    const storeAll = async (pool: pg.Pool, first: Waiting, others: Waiting[]): Promise<void> => {
      batch = [first, ...others]
      try {
        const stored = await store(pool, [first.sent, ...others.map((one) => one.sent)])
        for (const [n, row] of stored.entries()) batch[n]?.answer.resolve(row)
        for (const { turn } of others) turn.abort()
      } catch (error) {
        if (others.length === 0 || !isRefusal(error)) throw error
        giveBack(name, others)
        await storeAll(pool, first, [])
      }
    }

    const work = (pool: pg.Pool) => {
      // A turn that got no connection in time is given once more. One that comes before it is given up has nothing to do.
      const [first, ...others] = batch ?? take(name)
      return first && storeAll(pool, first, others)
    }
    inTurn(sent.actor, work, mine.turn.signal).catch((error: unknown) => {
      if (batch)
        for (const { answer, turn } of batch) {
          answer.reject(error)
          turn.abort()
        }
      else if (leave(name, mine)) mine.answer.reject(error)
      else mine.late = error
    })
    return mine.answer.promise
  }
}
