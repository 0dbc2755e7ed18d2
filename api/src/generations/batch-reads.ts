import { createBatcher } from '@recto/shared/batcher'
import { isoOfJson, isUnreachable } from '@recto/shared/database'
import { Generation } from '@recto/shared/generation'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import { StoredError } from './stored-error.ts'

export type Wanted = { caller: Caller; id: string }

/** Reads for several callers at once, each as that caller. A row that a caller may not see is not among the answers. */
export type ReadMany = (wanted: Wanted[]) => Promise<Read[]>

/** A recto.waiting_place as JSON; null for a generation that does not wait. */
const WaitingPlace = z.object({ since: z.string(), until: z.string(), place: z.int() }).nullable()

/** A row of recto.generations: the answer, who read it, and the place of a generation that waits. */
export const Read = Generation.extend({
  ai_metadata: Generation.shape.ai_metadata.catch({}),
  error: StoredError.nullable(),
  reader: z.string(),
  waiting: WaitingPlace,
})
export type Read = z.infer<typeof Read>

/** The answer for a row. A generation that waits for a place says so in `ai_metadata.waiting`, as other waits do. */
export const answerOf = ({ reader: _, waiting, ...generation }: Read): Generation => {
  if (!waiting) return generation
  const { since, until, place } = waiting
  const concurrency = { reason: 'concurrency', since: isoOfJson(since), until: isoOfJson(until), place }
  return { ...generation, ai_metadata: { ...generation.ai_metadata, waiting: concurrency } }
}

type Waiting = Wanted & { answers: PromiseWithResolvers<Generation | undefined> }

const mostTogether = 100

const keyOf = (reader: string, id: string): string => `${reader} ${id}`

/**
 * Reads generations in batches, because a statement costs more than a row. A row answers only the reader whose id it
 * carries. A batch that fails is split in halves, so that one reader's claims or row cannot fail the reads of others.
 */
export const batchReads = (readMany: ReadMany) => {
  const answer = async (batch: Waiting[]): Promise<void> => {
    try {
      const rows = await readMany(batch)
      const found = new Map(rows.map((row) => [keyOf(row.reader, row.id), answerOf(row)]))
      for (const { caller, id, answers } of batch) answers.resolve(found.get(keyOf(caller.userId, id)))
    } catch (error) {
      if (batch.length > 1 && !isUnreachable(error)) {
        const half = Math.ceil(batch.length / 2)
        await answer(batch.slice(0, half))
        await answer(batch.slice(half))
        return
      }
      for (const { answers } of batch) answers.reject(error)
    }
  }
  const reads = createBatcher<string, Waiting>((batch) => answer([...batch.values()]), {
    max: mostTogether,
    soon: true,
  })

  /**
   * The generation as the caller sees it; undefined when the caller sees none of this id. Rejects with the error of its
   * own read, or of its batch when the database cannot be reached.
   */
  return (caller: Caller, id: string): Promise<Generation | undefined> => {
    const key = keyOf(caller.userId, id)
    const known = reads.waiting(key)
    if (known) return known.answers.promise
    const answers = Promise.withResolvers<Generation | undefined>()
    reads.add(key, { caller, id, answers })
    return answers.promise
  }
}

export type FindGeneration = ReturnType<typeof batchReads>
