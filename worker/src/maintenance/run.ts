import type { Logger } from '@recto/shared/log'
import type { Alerts } from '../alerts/send.ts'
import {
  ORPHAN_GRACE_MS,
  PRUNE_EVERY_MS,
  SETTLE_CHECK_MS,
  STALE_AFTER_MS,
  STALE_CHECK_MS,
  SWEEP_EVERY_MS,
} from '../deadlines.ts'
import type { Promote } from '../generation/promote.ts'
import { createOutageGuard } from './outage-guard.ts'
import type { Recovery } from './recovery.ts'

/** Repeats `work` every `ms`, never two at once; a failure is logged and the next turn tries again. */
const every = (ms: number, work: () => Promise<void>, onError: (error: unknown) => void) => {
  let busy: Promise<void> | undefined
  const timer = setInterval(() => {
    busy ??= work()
      .catch(onError)
      .finally(() => {
        busy = undefined
      })
  }, ms)
  return async () => {
    clearInterval(timer)
    await busy
  }
}

export type MaintenanceDeps = {
  recovery: Recovery
  settle(): Promise<void>
  promote: Promote
  alerts: Pick<Alerts, 'enqueueAlerts' | 'deliver'>
  /** Sums up the usage of days that are over, day by day until `signal` fires. */
  rollUpUsage(signal: AbortSignal): Promise<void>
  /** How long a run takes of late, in seconds. */
  runSeconds(): number | null
  wake(): void
  onFailed(id: string): void
  log: Logger
}

/** Runs the sweep's parts on their timers until stopped. Every worker does: each part is cheap and safe to run at once. */
export const runMaintenance = ({
  recovery,
  promote,
  alerts,
  rollUpUsage,
  runSeconds,
  settle,
  wake,
  onFailed,
  log,
}: MaintenanceDeps) => {
  const onError = (error: unknown) => log.warn({ error }, 'sweep failed')
  const outageGuard = createOutageGuard(() => performance.now())
  const stopping = new AbortController()

  /** An account that fails, for one because its lock is held, would otherwise end every pass before those after it. */
  const promoteAll = async (accounts: string[]) => {
    for (const account of accounts) {
      if (stopping.signal.aborted) return
      await promote(account).catch((error) => log.warn({ error, account_id: account }, 'promotion failed'))
    }
  }

  const recover = async () => {
    const { failed, requeued, notQueued, accounts, alerted } = await recovery.recover(ORPHAN_GRACE_MS, runSeconds())
    for (const id of failed) onFailed(id)
    if (failed.length > 0) log.warn({ generations: failed.length }, 'generations failed whose workers died')
    for (const { id, error } of notQueued) log.warn({ error, generation_id: id }, 'no job for a generation')
    if (requeued > 0) {
      log.info({ generations: requeued }, 'generations without a job enqueued')
      wake()
    }
    if (alerted) await alerts.enqueueAlerts().catch((error) => log.warn({ error }, 'alerts not handed on'))
    await promoteAll(accounts)
  }

  const reopen = async () => {
    if ((await recovery.reopenBudgets()) > 0) wake()
  }

  const stops = [
    every(
      STALE_CHECK_MS,
      async () => {
        const stale = await outageGuard.check(() => recovery.findStale(STALE_AFTER_MS))
        if (stale.length === 0 || outageGuard.isRecovering()) return
        await recovery.giveBack(stale)
        log.warn({ jobs: stale.length }, 'jobs of a silent worker given back')
        wake()
        await recover()
      },
      onError,
    ),
    every(SWEEP_EVERY_MS, recover, onError),
    every(SETTLE_CHECK_MS, settle, onError),
    every(PRUNE_EVERY_MS, recovery.pruneAdmissions, onError),
    every(PRUNE_EVERY_MS, () => rollUpUsage(stopping.signal), onError),
    every(PRUNE_EVERY_MS, alerts.deliver, onError),
    every(SWEEP_EVERY_MS, reopen, onError),
  ]
  return {
    stop: () => {
      stopping.abort()
      return Promise.all(stops.map((stop) => stop()))
    },
  }
}
