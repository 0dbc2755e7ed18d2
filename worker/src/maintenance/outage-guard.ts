import { STALE_AFTER_MS } from '../deadlines.ts'

/**
 * After an outage of the database every heartbeat is old and no worker is dead. So a look that comes late, because earlier ones
 * failed or the process stood still, makes this worker blind until all others have had the time to touch their jobs again.
 *
 * @param now milliseconds of a clock that only goes forward.
 */
export const createOutageGuard = (now: () => number) => {
  let lastCheck = now()
  let recoveringUntil = lastCheck
  return {
    /** Answers what `find` finds, which counts only while the worker is not blind. */
    check: async <T>(find: () => Promise<T>): Promise<T> => {
      const found = await find()
      if (now() - lastCheck > STALE_AFTER_MS / 2) recoveringUntil = now() + STALE_AFTER_MS
      lastCheck = now()
      return found
    },
    isRecovering: (): boolean => now() < recoveringUntil,
  }
}
