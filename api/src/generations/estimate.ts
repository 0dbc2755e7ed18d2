import { strictest } from '@recto/shared/catalog'
import type { Statement } from '@recto/shared/database'
import { AppError, type ProblemCode } from '@recto/shared/errors'
import type { KindContract } from '@recto/shared/kinds/contract'
import { enter, inTransaction } from '@recto/shared/transaction'
import { LimitError } from '../admission/limit-error.ts'
import type { Actor } from '../db/actor.ts'
import type { Limits } from '../limits/contract.ts'
import { findLimits } from '../limits/store.ts'
import { type Cost, costOf, costsByAlias } from './cost.ts'
import { type AccountGeneration, insertGenerations } from './insert.ts'
import { countDryRun } from './store.ts'
import { checkGeneration, priced, type SubmitDeps } from './submit.ts'

type Priced = Cost & { model: string }

/**
 * What a submission would cost. `aliases`: what the same request would cost under each of them. `would_be`: the result of a
 * submission at this moment: `accepted`, `waiting`, or the code of its error.
 */
export type Estimate = Priced & {
  aliases: Priced[]
  limits: Limits['data']
  would_be: 'accepted' | 'waiting' | ProblemCode
}

/** Thrown out of a transaction to roll it back. */
class Rollback extends Error {
  readonly waiting: boolean

  constructor(waiting: boolean) {
    super('undone')
    this.waiting = waiting
  }
}

/**
 * Answers what a submission would cost at most and whether it would be accepted. It inserts the generation and rolls
 * back, so that the same checks decide as for a submission and nothing is stored or counted but that the person made a
 * dry run.
 * @throws LimitError when the person made too many dry runs; AppError not_a_member, and what `checkGeneration` throws
 */
export const estimateGeneration = ({ catalog, kinds, residency, readAs, writeAs, inTurn }: SubmitDeps) => {
  const attempt = async (
    actor: Actor,
    contract: KindContract,
    input: AccountGeneration,
  ): Promise<Estimate['would_be']> => {
    const sent = { actor, contract, input: priced({ catalog, residency }, contract, input) }
    try {
      return await inTurn(actor, (pool) =>
        inTransaction(pool, enter({ account: input.account_id }), async (tx) => {
          const send = (statement: Statement) => tx.query(statement)
          const [row] = await insertGenerations(send, actor.caller, input.account_id, [sent])
          throw new Rollback(row.admission.waiting)
        }),
      )
    } catch (error) {
      if (error instanceof Rollback) return error.waiting ? 'waiting' : 'accepted'
      if (error instanceof LimitError) return error.code
      throw error
    }
  }

  return async (actor: Actor, input: AccountGeneration): Promise<Estimate> => {
    const contract = checkGeneration({ catalog, kinds, residency }, input)
    await writeAs(actor, { account: actor.caller.userId }, countDryRun)
    const would_be = await attempt(actor, contract, input)
    const limits = await findLimits(readAs, actor.caller, input.account_id)
    if (!limits) throw new AppError('not_a_member')
    const strict = strictest(residency, input.data_residency)
    const cost = costOf(catalog, contract, input, strict)
    const aliases = costsByAlias(catalog, contract, input, strict)
    return { model: input.model, ...cost, aliases, would_be, limits: limits.data }
  }
}
