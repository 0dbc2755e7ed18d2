import type { Generation } from '@recto/shared/generation'
import type { KindContract } from '@recto/shared/kinds/contract'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { STOPPED_TEXT_MS } from '../deadlines.ts'

const Row = z.object({ output: z.unknown() })

/** For how long a worker may still store what was said before a person stopped a generation, in milliseconds. */
export const stoppedTextMs = ({ status, attempts, finished_at }: Generation, now: number): number =>
  status === 'cancelled' && attempts > 0 ? Math.max(0, Date.parse(finished_at ?? '') + STOPPED_TEXT_MS - now) : 0

/** The stored texts of kinds whose result is one text. */
export const createTexts = (kinds: readonly KindContract[], readAs: ReadAs) => {
  const stopped = new Set(kinds.flatMap(({ id, keepsStopped }) => (keepsStopped ? [id] : [])))
  const readers = new Map(kinds.flatMap(({ id, textOf }) => (textOf ? [[id, textOf] as const] : [])))

  return {
    /** Whether the result of a kind is a text. */
    has: (kind: string): boolean => readers.has(kind),
    /** Whether the text of a kind stays as far as it was said, when a person stops the generation. */
    keepsStopped: (kind: string): boolean => stopped.has(kind),
    /** The text of a generation that has ended; null when it has none, or the caller may not read it. */
    find: async (caller: Caller, { id, kind }: Pick<Generation, 'id' | 'kind'>): Promise<string | null> => {
      const textOf = readers.get(kind)
      if (!textOf) return null
      const statement = {
        name: 'stored_text',
        text: 'select output from public.ai_generations where id = $1',
        values: [id],
      }
      const [row] = await readAs(caller, { generation: id }, statement, Row)
      return row ? textOf(row.output) : null
    },
  }
}

export type Texts = ReturnType<typeof createTexts>
