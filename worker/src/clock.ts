import { setTimeout as after } from 'node:timers/promises'

/** Time for the attempts: epoch milliseconds; `sleep` ends early, without throwing, when its signal aborts. */
export type Clock = { now(): number; sleep(ms: number, signal: AbortSignal): Promise<void> }

export const systemClock: Clock = {
  now: Date.now,
  sleep: async (ms, signal) => {
    try {
      await after(ms, undefined, { signal })
    } catch {
      // Aborted: the caller looks at the signal.
    }
  },
}
