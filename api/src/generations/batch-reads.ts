import { createBatcher } from '@recto/shared/batcher'
import { isoOfJson } from '@recto/shared/database'
import { Generation, GenerationError } from '@recto/shared/generation'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'

export type Wanted = { caller: Caller; id: string }

/** Reads for several callers at once, each as that caller. A row that a caller may not see is not among the answers. */
export type ReadMany = (wanted: Wanted[]) => Promise<Read[]>

/** A recto.waiting_place as JSON; null for a generation that does not wait. */
const WaitingPlace = z.object({ place: z.int(), estimated_start_at: z.string() }).nullable()

/** A row of recto.generations: the answer, who read it, and the place of a generation that waits. */
export const Read = Generation.extend({
  error: z.looseObject(GenerationError.shape).nullable(),
  reader: z.string(),
  waiting: WaitingPlace,
})
export type Read = z.infer<typeof Read>

/** The answer for a row. A waiting generation has its place in `ai_metadata.waiting`. */
export const answerOf = ({ reader: _, waiting, ...generation }: Read): Generation => {
  if (!waiting) return generation
  const estimated_start_at = isoOfJson(waiting.estimated_start_at)
  return { ...generation, ai_metadata: { ...generation.ai_metadata, waiting: { ...waiting, estimated_start_at } } }
}

type Waiting = Wanted & { answers: PromiseWithResolvers<Generation | undefined> }

const mostTogether = 100

/**
 * Reads generations in batches, because a statement costs more than a row. A row answers only the reader whose id it
 * carries.
 */
export const batchReads = (readMany: ReadMany) => {
  const reads = createBatcher<string, Waiting>(
    async (batch) => {
      try {
        const rows = await readMany([...batch.values()])
        const found = new Map(rows.map((row) => [`${row.reader} ${row.id}`, answerOf(row)]))
        for (const [key, { answers }] of batch) answers.resolve(found.get(key))
      } catch (error) {
        for (const { answers } of batch.values()) answers.reject(error)
      }
    },
    { max: mostTogether, soon: true },
  )

  /**
   * The generation as the caller sees it; undefined when the caller sees none of this id. Rejects with the error of its
   * batch.
   */
  return (caller: Caller, id: string): Promise<Generation | undefined> => {
    const key = `${caller.userId} ${id}`
    const known = reads.waiting(key)
    if (known) return known.answers.promise
    const answers = Promise.withResolvers<Generation | undefined>()
    reads.add(key, { caller, id, answers })
    return answers.promise
  }
}

export type FindGeneration = ReturnType<typeof batchReads>
