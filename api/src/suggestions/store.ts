import { Suggestion } from '@recto/shared/generation'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'

/** A suggestion, or a row without one for a generation that has none. */
const Row = z.union([Suggestion, z.object({ id: z.null() })])

/**
 * The suggestions in order; undefined when the caller has no such generation. One statement reads both, so that they
 * show the same moment.
 */
export const findSuggestions = async (
  readAs: ReadAs,
  caller: Caller,
  generationId: string,
): Promise<Suggestion[] | undefined> => {
  const statement = {
    name: 'suggestions',
    text: `select s.id, s.generation_id, s.position, s.front, s.back, s.source_quote, s.quote_start, s.quote_end, s.flags,
        s.status, s.edited, s.reject_reason, s.reviewed_at, s.created_at
      from public.ai_generations g left join public.ai_suggestions s on s.generation_id = g.id
      where g.id = $1 order by s.position`,
    values: [generationId],
  }
  const rows = await readAs(caller, { generation: generationId }, statement, Row)
  return rows.length === 0 ? undefined : rows.filter((row) => row.id !== null)
}
