import { STALE_AFTER_MS } from '../deadlines.ts'

/**
 * Detects outages of the database, after which every heartbeat is old although no worker is dead. When a check is late,
 * because earlier ones failed or the process stood still, heartbeats do not count until all workers had time to send
 * one.
 * @param now milliseconds of a monotonic clock
 */
export const createOutageGuard = (now: () => number) => {
  let lastCheck = now()
  let recoveringUntil = lastCheck
  return {
    /** Returns what `find` finds. It counts only while `isRecovering` is false. */
    check: async <T>(find: () => Promise<T>): Promise<T> => {
      const found = await find()
      // This worker was away for so long that others may have been, too: the database was, or the machine stood still.
      if (now() - lastCheck > STALE_AFTER_MS / 2) recoveringUntil = now() + STALE_AFTER_MS
      lastCheck = now()
      return found
    },
    isRecovering: (): boolean => now() < recoveringUntil,
  }
}
