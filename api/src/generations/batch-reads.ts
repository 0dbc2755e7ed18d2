import type { Generation } from '@recto/shared/generation'
import type { Caller } from '../auth/verify-token.ts'

/** A row of recto.generations: the answer, whose it is, and who read it. */
export type Read = Generation & { user_id: string; account_id: string; reader: string }
export type Wanted = { caller: Caller; id: string }

/** Reads for several callers at once, each as that caller; a row that a caller may not see is not among the answers. */
export type ReadMany = (wanted: Wanted[]) => Promise<Read[]>

export const answerOf = ({ user_id: _, account_id: __, reader: ___, ...generation }: Read): Generation => generation

type Waiting = Wanted & { answers: PromiseWithResolvers<Generation | undefined> }

const mostTogether = 100

/**
 * Gathers the reads that meet into one statement, and what is asked for while that is under way into the next: the database and
 * its wire cost more per statement than per row. An answer goes to the reader whose id its row carries, and to nobody else.
 */
export const batchReads = (readMany: ReadMany) => {
  const waiting = new Map<string, Waiting>()
  let busy = false

  const send = async (batch: Waiting[]) => {
    try {
      const rows = await readMany(batch)
      const found = new Map(rows.map((row) => [`${row.reader} ${row.id}`, answerOf(row)]))
      for (const { caller, id, answers } of batch) answers.resolve(found.get(`${caller.userId} ${id}`))
    } catch (error) {
      for (const { answers } of batch) answers.reject(error)
    }
  }

  const drain = async () => {
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, mostTogether)
      for (const [key] of batch) waiting.delete(key)
      await send(batch.map(([, one]) => one))
    }
    busy = false
  }

  /** The generation as the caller sees it, or undefined when they see none of that id. */
  return (caller: Caller, id: string): Promise<Generation | undefined> => {
    const key = `${caller.userId} ${id}`
    const known = waiting.get(key)
    if (known) return known.answers.promise
    const one = { caller, id, answers: Promise.withResolvers<Generation | undefined>() }
    waiting.set(key, one)
    if (!busy) {
      busy = true
      setImmediate(() => void drain())
    }
    return one.answers.promise
  }
}

export type FindGeneration = ReturnType<typeof batchReads>
