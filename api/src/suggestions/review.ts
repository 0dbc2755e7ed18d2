import { AppError } from '@recto/shared/errors'
import type { Suggestion } from '@recto/shared/generation'
import type { Scope } from '@recto/shared/transaction'
import type { z } from 'zod'
import type { Actor } from '../db/actor.ts'
import { unlessDeadlocked } from '../db/unless-deadlocked.ts'
import type { WriteAs } from '../db/write-as.ts'
import type { Decision, DecisionAbout } from './decision.ts'
import { reviewSuggestions } from './review-store.ts'

/** A person has suggestions in the accounts of teams too. */
const everything: Scope = { across: 'person' }

/**
 * Carries out decisions, all or none. Returns the suggestions in the order of the decisions.
 * @throws what `reviewSuggestions` throws
 */
export const review =
  (writeAs: WriteAs) =>
  (actor: Actor, decisions: DecisionAbout[]): Promise<Suggestion[]> =>
    unlessDeadlocked(() => writeAs(actor, everything, (tx) => reviewSuggestions(tx, decisions)))

/**
 * Carries out a decision about one suggestion.
 * @throws what `reviewSuggestions` throws, without `issues`
 */
export const decide = (writeAs: WriteAs) => {
  const reviewAll = review(writeAs)
  return async (actor: Actor, id: string, decision: z.output<typeof Decision>): Promise<Suggestion> => {
    const [suggestion] = await reviewAll(actor, [{ id, ...decision }]).catch((error: unknown) => {
      throw error instanceof AppError ? new AppError(error.code, undefined, { cause: error }) : error
    })
    if (!suggestion) throw new AppError('not_found')
    return suggestion
  }
}
