import type { Logger } from '@recto/shared/log'
import type { LookUp } from './cost-lookup.ts'
import type { Due, Settlement, SettlementStore } from './settlement-store.ts'

/** The provider told; or nobody will ever, so that an estimate or the reservation stands; or it is asked again. */
export type SettlementResult = 'provider' | 'estimate' | 'later'

export type SettleDeps = {
  store: SettlementStore
  /** Whether a provider can be asked. */
  tells(provider: string): boolean
  lookUp: LookUp
  onSettled(result: SettlementResult): void
  /** Aborts when the worker stops. */
  stop: AbortSignal
  log: Logger
}

const mostAtOnce = 50

/** With the pauses between: for about three quarters of an hour. */
const mostTries = 5

const resultOf = ({ charge, final }: Settlement): SettlementResult =>
  charge ? 'provider' : final ? 'estimate' : 'later'

/** A call that is left as it is: finished with an estimate, to be asked for again. */
const isUnchanged = ({ call, final }: Settlement): boolean => call.outcome !== null && !final

/**
 * Settles what calls cost whose answer did not say it, and those whose worker died (`worker_lost`): asks the provider by the
 * request's id, and where it never tells lets the estimate stand, or the reservation of a call of which nothing is known.
 */
export const createSettle = ({ store, tells, lookUp, onSettled, stop, log }: SettleDeps) => {
  const ask = async (call: Due): Promise<Settlement> => {
    const { provider, provider_request_id: id, settle_tries: tries } = call
    if (id === null || !tells(provider)) return { call, charge: null, final: true }
    const charge = await lookUp(provider, id, stop)
    return { call, charge, final: charge !== null || tries >= mostTries }
  }

  /** Answers whether there may be more. */
  const settleBatch = async (): Promise<boolean> => {
    const due = await store.claim(mostAtOnce)
    if (due.length === 0) return false
    const settlements = await Promise.all(due.map(ask))
    // What was not asked to the end says nothing: these calls come up again at their next try.
    if (stop.aborted) return false
    const changed = settlements.filter((one) => !isUnchanged(one))
    if (changed.length > 0) await store.settle(changed)
    const counts = { provider: 0, estimate: 0, later: 0 }
    for (const one of settlements) {
      counts[resultOf(one)] += 1
      onSettled(resultOf(one))
    }
    log.info({ calls: due.length, ...counts }, 'calls settled')
    return due.length === mostAtOnce
  }

  return async (): Promise<void> => {
    while (!stop.aborted && (await settleBatch()));
  }
}
