import { Generation, Suggestion } from '@recto/shared/generation'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'

const { status, created_at } = Generation.shape
const OfGeneration = z.object({ generation_status: status, generation_created_at: created_at })

/** The columns of a suggestion `s` with its card, which is not joined: Postgres would read all cards for a page of few. */
export const suggestionColumns = `s.id, s.generation_id, s.position, s.front, s.back, s.source_quote, s.quote_start, s.quote_end,
  s.flags, s.status, s.edited, s.reject_reason, s.reviewed_at, s.created_at,
  (select c.id from public.cards c where c.suggestion_id = s.id) as card_id`

/** A suggestion, or a row without one for a generation that has none. */
const Row = z.union([Suggestion.extend(OfGeneration.shape), OfGeneration.extend({ id: z.null() })])

/** The suggestions of a generation in order, with its status and the time of its submission. */
export type SuggestionsOf = Pick<Generation, 'status' | 'created_at'> & { data: Suggestion[] }

/**
 * Undefined when the caller has no such generation. One statement reads all of it, so that status and suggestions show the
 * same moment.
 */
export const findSuggestions = async (
  readAs: ReadAs,
  caller: Caller,
  generationId: string,
): Promise<SuggestionsOf | undefined> => {
  const statement = {
    name: 'suggestions',
    text: `select ${suggestionColumns}, g.status as generation_status, g.created_at as generation_created_at
      from public.ai_generations g left join public.ai_suggestions s on s.generation_id = g.id
      where g.id = $1 order by s.position`,
    values: [generationId],
  }
  const rows = await readAs(caller, { generation: generationId }, statement, Row)
  const [first] = rows
  if (!first) return undefined
  const data = rows.flatMap(({ generation_status, generation_created_at, ...row }) => (row.id === null ? [] : [row]))
  return { status: first.generation_status, created_at: first.generation_created_at, data }
}
