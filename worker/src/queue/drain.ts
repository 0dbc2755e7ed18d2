import { once } from 'node:events'
import type { Clock } from '../clock.ts'
import { DRAIN_CHECK_MS } from '../deadlines.ts'

export type DrainDeps = {
  /** Does every part of maintenance once, because no other worker may be there to do it. */
  maintain(): Promise<void>
  /** Finds generations that wait for a place or have lost their job, and gives them jobs. */
  recover(): Promise<void>
  /** Whether this worker runs and fetches nothing. */
  isIdle(): boolean
  /** Whether something in the database could run now. */
  isAnythingDue(): Promise<boolean>
  wake(): void
  clock: Pick<Clock, 'sleep'>
}

/** Resolves to false when `signal` aborts. */
const aborted = async (signal: AbortSignal): Promise<false> => {
  if (!signal.aborted) await once(signal, 'abort')
  return false
}

const work = async (deps: DrainDeps, signal: AbortSignal): Promise<boolean> => {
  await deps.maintain()
  while (!signal.aborted) {
    if (deps.isIdle()) {
      await deps.recover()
      if (!(await deps.isAnythingDue()) && deps.isIdle()) return true
      deps.wake()
    }
    await deps.clock.sleep(DRAIN_CHECK_MS, signal)
  }
  return false
}

/**
 * Resolves to true when nothing is left that could run now, and to false when `signal` aborts before. What is to be tried
 * again later is left. The end of a run may give a place to another one, so the queue is looked at when nothing runs.
 */
export const drain = (deps: DrainDeps, signal: AbortSignal): Promise<boolean> =>
  // Maintenance asks the database and providers, who may take longer than there is time.
  Promise.race([work(deps, signal), aborted(signal)])
