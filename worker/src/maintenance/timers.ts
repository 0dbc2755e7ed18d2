import type { Logger } from '@recto/shared/log'
import type { Alerts } from '../alerts/send.ts'
import {
  ALERT_CHECK_MS,
  ORPHAN_GRACE_MS,
  PRICE_CHECK_MS,
  PRUNE_EVERY_MS,
  RECOVERY_EVERY_MS,
  SETTLE_CHECK_MS,
  STALE_AFTER_MS,
  STALE_CHECK_MS,
} from '../deadlines.ts'
import type { Promote } from '../generation/promote.ts'
import { createOutageGuard } from './outage-guard.ts'
import type { Recovery } from './recovery.ts'

/**
 * Repeats `work` every `ms`, never two at once. After an error, the next turn tries again. `now` does it at once, or waits
 * for the turn under way.
 */
const every = (ms: number, work: () => Promise<void>, onError: (error: unknown) => void) => {
  let busy: Promise<void> | undefined
  const now = (): Promise<void> => {
    busy ??= work()
      .catch(onError)
      .finally(() => {
        busy = undefined
      })
    return busy
  }
  const timer = setInterval(() => void now(), ms)
  const stop = async () => {
    clearInterval(timer)
    await busy
  }
  return { now, stop }
}

export type TimersDeps = {
  recovery: Recovery
  settle(): Promise<void>
  promote: Promote
  /** Tells the database again which names this worker offers. */
  offerNames(): Promise<void>
  alerts: Pick<Alerts, 'enqueueAlerts' | 'deliver' | 'checkIncidents'>
  /** Sums up the usage of past days, day by day until `signal` aborts. */
  rollUpUsage(signal: AbortSignal): Promise<void>
  /** Warns of old prices in the log. */
  checkPrices(): void
  /** The recent duration of a run in seconds, null when this worker has none. */
  runSeconds(): number | null
  wake(): void
  wakeWebhooks(): void
  onChanged(id: string): void
  /** Is told how many generations failed whose workers died. */
  onLost(generations: number): void
  log: Logger
}

/** Runs each part of maintenance on its timer until stopped. All workers do, so each is cheap and safe to run in several. */
export const runMaintenance = ({
  recovery,
  promote,
  offerNames,
  alerts,
  rollUpUsage,
  checkPrices,
  runSeconds,
  settle,
  wake,
  wakeWebhooks,
  onChanged,
  onLost,
  log,
}: TimersDeps) => {
  const onError = (error: unknown) => log.warn({ error }, 'maintenance failed')
  const outageGuard = createOutageGuard(() => performance.now())
  const stopping = new AbortController()

  /** Continues after an account that fails, for example because its lock is held. */
  const promoteAll = async (accounts: string[]) => {
    for (const account of accounts) {
      if (stopping.signal.aborted) return
      await promote(account).catch((error) => log.warn({ error, account_id: account }, 'promotion failed'))
    }
  }

  const resume = async () => {
    const resumed = await recovery.resumeBlocked()
    if (resumed.length > 0) wake()
    for await (const id of recovery.endBudgetWaits(resumed)) {
      if (stopping.signal.aborted) return
      onChanged(id)
    }
  }

  const recover = async () => {
    const { failed, requeued, notQueued, accounts, alerted, blocked, webhooks } = await recovery.recoverGenerations(
      ORPHAN_GRACE_MS,
      runSeconds(),
    )
    for (const id of failed) onChanged(id)
    onLost(failed.length)
    if (failed.length > 0) log.warn({ generations: failed.length }, 'generations failed whose workers died')
    for (const { id, error } of notQueued) log.warn({ error, generation_id: id }, 'requeueing failed')
    if (requeued > 0) {
      log.info({ generations: requeued }, 'orphaned generations requeued')
      wake()
    }
    if (webhooks) wakeWebhooks()
    if (alerted) await alerts.enqueueAlerts().catch((error) => log.warn({ error }, 'alert enqueueing failed'))
    if (blocked) await resume().catch((error) => log.warn({ error }, 'resuming of deferred jobs failed'))
    await promoteAll(accounts)
  }

  checkPrices()
  const recovering = every(RECOVERY_EVERY_MS, recover, onError)
  const turns = [
    every(
      STALE_CHECK_MS,
      async () => {
        const stale = await outageGuard.check(() => recovery.findStaleJobs(STALE_AFTER_MS))
        if (stale.length === 0 || outageGuard.isRecovering()) return
        await recovery.returnStaleJobs(stale)
        log.warn({ jobs: stale.length }, 'stale jobs returned to the queue')
        wake()
        await recover()
      },
      onError,
    ),
    recovering,
    every(SETTLE_CHECK_MS, settle, onError),
    every(PRUNE_EVERY_MS, recovery.pruneAdmissions, onError),
    every(PRUNE_EVERY_MS, offerNames, onError),
    every(PRUNE_EVERY_MS, () => rollUpUsage(stopping.signal), onError),
    every(PRUNE_EVERY_MS, alerts.deliver, onError),
    every(ALERT_CHECK_MS, alerts.checkIncidents, onError),
    every(PRICE_CHECK_MS, async () => checkPrices(), onError),
  ]
  return {
    recover: recovering.now,
    /** Does every part at once, one after the other. */
    turn: async (): Promise<void> => {
      for (const { now } of turns) if (!stopping.signal.aborted) await now()
    },
    stop: () => {
      stopping.abort()
      return Promise.all(turns.map(({ stop }) => stop()))
    },
  }
}
