import type { Suggestion } from '@recto/shared/generation'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'

type Row = Suggestion | { [K in keyof Suggestion]: null }

/**
 * The suggestions in order; undefined when the caller has no such generation. One statement reads both, so that they
 * show the same moment.
 */
export const findSuggestions = async (
  readAs: ReadAs,
  caller: Caller,
  generationId: string,
): Promise<Suggestion[] | undefined> => {
  const rows = await readAs<Row>(caller, {
    name: 'suggestions',
    text: `select s.id, s.generation_id, s.position, s.front, s.back, s.source_quote, s.quote_start, s.quote_end, s.flags,
        s.status, s.edited, s.reject_reason, s.reviewed_at, s.created_at
      from public.ai_generations g left join public.ai_suggestions s on s.generation_id = g.id
      where g.id = $1 order by s.position`,
    values: [generationId],
  })
  return rows.length === 0 ? undefined : rows.filter((row): row is Suggestion => row.id !== null)
}
