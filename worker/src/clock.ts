import { setTimeout as after } from 'node:timers/promises'

/** A clock. `now`: epoch milliseconds. `sleep` resolves early, without an error, when its signal aborts. */
export type Clock = { now(): number; sleep(ms: number, signal: AbortSignal): Promise<void> }

export const systemClock: Clock = {
  now: Date.now,
  sleep: async (ms, signal) => {
    try {
      await after(ms, undefined, { signal })
    } catch {
      // An abort is no error: the caller checks the signal.
    }
  },
}
