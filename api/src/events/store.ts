import { Suggestion } from '@recto/shared/generation'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { suggestionColumns } from '../suggestions/store.ts'

/** A stored suggestion. `key` is equal for the provisional one that it was before. */
const Keyed = z.object({ key: z.string(), ...Suggestion.shape })
export type KeyedSuggestion = z.infer<typeof Keyed>

export type FindKeyed = (caller: Caller, generationId: string) => Promise<KeyedSuggestion[]>

/** The suggestions of a generation that the caller may see, in order. */
export const findKeyed =
  (readAs: ReadAs): FindKeyed =>
  (caller, generationId) => {
    const statement = {
      name: 'keyed_suggestions',
      text: `select s.fingerprint as key, ${suggestionColumns} from public.ai_suggestions s
        where s.generation_id = $1 order by s.position`,
      values: [generationId],
    }
    return readAs(caller, { generation: generationId }, statement, Keyed)
  }
