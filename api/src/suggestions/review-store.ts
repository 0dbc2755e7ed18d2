import { rowsOf, sqlState, type Tx } from '@recto/shared/database'
import { AppError, problems } from '@recto/shared/errors'
import { Suggestion } from '@recto/shared/generation'
import pg from 'pg'
import { z } from 'zod'
import type { DecisionAbout } from './decision.ts'
import { suggestionColumns } from './store.ts'

const Denial = z.object({
  code: z.enum(['not_found', 'not_yours', 'already_reviewed', 'card_changed', 'invalid_request', 'plan_limit']),
  ids: z.array(z.string()).default([]),
})
const denials = ['PT400', 'PT403', 'PT404', 'PT409']

/** Turns a denial of `review_suggestions` into an AppError; returns any other error as it is. */
const reviewErrorOf = (error: unknown, decisions: DecisionAbout[]): unknown => {
  if (sqlState(error) === 'PT401') return new AppError('unauthorized', undefined, { cause: error })
  if (!(error instanceof pg.DatabaseError) || !denials.includes(error.code ?? '')) return error
  const { code, ids } = Denial.parse(JSON.parse(error.detail ?? ''))
  const issues = decisions.flatMap(({ id }, n) =>
    ids.includes(id) ? [{ path: `decisions.${n}.id`, message: problems[code].title }] : [],
  )
  return new AppError(code, undefined, issues.length > 0 ? { issues, cause: error } : { cause: error })
}

/**
 * Carries out decisions as the caller, all or none. Returns the suggestions in the order of the decisions.
 * @throws AppError not_found, not_yours, already_reviewed, card_changed, with the places of the suggestions in `issues`;
 * unauthorized when the person does not exist any more; plan_limit with too many cards
 */
export const reviewSuggestions = async (tx: Tx, decisions: DecisionAbout[]): Promise<Suggestion[]> => {
  try {
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
  } catch (error) {
    throw reviewErrorOf(error, decisions)
  }
}
