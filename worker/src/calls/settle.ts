import { isUnreachable, waitedForLock } from '@recto/shared/database'
import type { Logger } from '@recto/shared/log'
import { believedCost, believedCount } from '../llm/believed-usage.ts'
import type { Charge } from './charge.ts'
import type { LookUp } from './cost-lookup.ts'
import type { BookedCharge, Due, Settlement, SettlementStore } from './settlement-store.ts'

/**
 * How a call was settled: `provider` reported its cost, or more than is believed (`capped`); the `estimate` stands, because
 * no provider will; or the provider is asked again `later`.
 */
export type SettlementResult = 'provider' | 'capped' | 'estimate' | 'later'

export type SettleDeps = {
  store: SettlementStore
  /** Whether a provider reports the cost of past requests. */
  tells(provider: string): boolean
  lookUp: LookUp
  onSettled(result: SettlementResult): void
  /** Aborts when the worker stops. */
  stop: AbortSignal
  log: Logger
}

const mostAtOnce = 50

/** With the pauses between them, the tries take about three quarters of an hour. */
const mostTries = 5

const resultOf = ({ charge, final }: Settlement): SettlementResult =>
  charge ? charge.costSource : final ? 'estimate' : 'later'

const booked = (charge: Charge, call: Due): BookedCharge => {
  const costUsd = believedCost(charge.costUsd, call.reserved_usd)
  return {
    modelServed: charge.modelServed,
    tokensInput: believedCount(charge.tokensInput, call.believed_input ?? Number.POSITIVE_INFINITY),
    tokensOutput: believedCount(charge.tokensOutput, call.believed_output ?? Number.POSITIVE_INFINITY),
    costUsd,
    costSource: costUsd === charge.costUsd ? 'provider' : 'capped',
  }
}

/** Whether a call stays as it is: it has an estimate, and the provider is asked again. */
const isUnchanged = ({ call, final }: Settlement): boolean => call.outcome !== null && !final

/** Whether an error of a write concerns its account alone: its rows, or a lock that somebody holds on them. */
const concernsOne = (error: unknown): boolean => !isUnreachable(error) || waitedForLock(error)

/**
 * Settles the cost of calls whose answer did not report it or whose worker died (`worker_lost`). It asks the provider
 * by the request's id. When no provider reports it, the estimate of the call stands. Each account is written by itself:
 * one that cannot be written keeps no other from it, and is due again at its next try.
 */
export const createSettle = ({ store, tells, lookUp, onSettled, stop, log }: SettleDeps) => {
  const ask = async (call: Due): Promise<Settlement> => {
    const { provider, provider_request_id: id, settle_tries: tries } = call
    if (id === null || !tells(provider)) return { call, charge: null, final: true }
    const charge = await lookUp(provider, id, stop)
    return { call, charge: charge && booked(charge, call), final: charge !== null || tries >= mostTries }
  }

  /**
   * Settles one batch. Returns whether there may be more.
   * @throws the first error of a write, when all other accounts are written
   */
  const settleBatch = async (): Promise<boolean> => {
    const due = await store.claim(mostAtOnce)
    if (due.length === 0) return false
    const settlements = await Promise.all(due.map(ask))
    // An aborted lookup says nothing about a call. The call is due again at its next try.
    if (stop.aborted) return false
    const changed = settlements.filter((one) => !isUnchanged(one))
    const byAccount = Map.groupBy(changed, ({ call }) => call.account_id)
    const errors = new Map<string, unknown>()
    for (const [account, ofAccount] of byAccount)
      await store.settle(account, ofAccount).catch((error: unknown) => {
        if (!concernsOne(error)) throw error
        errors.set(account, error)
      })
    const counts = { provider: 0, capped: 0, estimate: 0, later: 0 }
    for (const one of settlements) {
      const result = errors.has(one.call.account_id) ? 'later' : resultOf(one)
      counts[result] += 1
      onSettled(result)
    }
    log.info({ calls: due.length, ...counts }, 'calls settled')
    for (const error of errors.values()) throw error
    return due.length === mostAtOnce
  }

  return async (): Promise<void> => {
    while (!stop.aborted && (await settleBatch()));
  }
}
