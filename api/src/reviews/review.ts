import type { Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import type { Scope } from '@recto/shared/transaction'
import type { Actor } from '../db/actor.ts'
import { retryOnDeadlock } from '../db/retry-on-deadlock.ts'
import type { WriteAs } from '../db/write-as.ts'
import { reviewErrorOf } from './review-error.ts'

/** Carries out decisions as the caller, all or none, and returns what they are about, in their order. */
export type CarryOut<Decision, Reviewed> = (tx: Tx, decisions: Decision[]) => Promise<Reviewed[]>

/** A person has things to review in the accounts of teams too. */
const everything: Scope = { across: 'person' }

/**
 * Carries out decisions, all or none. Returns what they are about, in their order.
 * @throws AppError not_found, not_yours, already_reviewed, card_changed, with the places of the decisions in `issues`;
 * unauthorized when the person does not exist any more; plan_limit with too many cards
 */
export const review =
  <Decision extends { id: string }, Reviewed>(writeAs: WriteAs, carryOut: CarryOut<Decision, Reviewed>) =>
  (actor: Actor, decisions: Decision[]): Promise<Reviewed[]> =>
    retryOnDeadlock(() => writeAs(actor, everything, (tx) => carryOut(tx, decisions))).catch((error: unknown) => {
      throw reviewErrorOf(error, decisions)
    })

/**
 * Carries out one decision.
 * @throws what `review` throws, without `issues`
 */
export const decide = <Decision extends { id: string }, Reviewed>(
  writeAs: WriteAs,
  carryOut: CarryOut<Decision, Reviewed>,
) => {
  const reviewAll = review(writeAs, carryOut)
  return async (actor: Actor, decision: Decision): Promise<Reviewed> => {
    const [reviewed] = await reviewAll(actor, [decision]).catch((error: unknown) => {
      throw error instanceof AppError ? new AppError(error.code, undefined, { cause: error }) : error
    })
    if (reviewed === undefined) throw new AppError('not_found')
    return reviewed
  }
}
