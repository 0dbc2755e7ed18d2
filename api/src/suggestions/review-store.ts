import { rowsOf } from '@recto/shared/database'
import { Suggestion } from '@recto/shared/generation'
import type { CarryOut } from '../reviews/review.ts'
import type { DecisionAbout } from './decision.ts'
import { suggestionColumns } from './store.ts'

/** Carries out decisions as the caller, all or none. Returns the suggestions in the order of the decisions. */
export const reviewSuggestions: CarryOut<DecisionAbout, Suggestion> = async (tx, decisions) => {
  const [, reviewed] = await Promise.all([
    tx.query({
      name: 'review_suggestions',
      text: 'select from public.review_suggestions($1::jsonb)',
      values: [JSON.stringify(decisions)],
    }),
    tx.query({
      name: 'reviewed_suggestions',
      text: `select ${suggestionColumns} from unnest($1::uuid[]) with ordinality i (id, n)
        join public.ai_suggestions s on s.id = i.id order by i.n`,
      values: [decisions.map(({ id }) => id)],
    }),
  ])
  return rowsOf(reviewed, Suggestion)
}
