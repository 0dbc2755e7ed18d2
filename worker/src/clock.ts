/** A clock. `now`: epoch milliseconds. `sleep` resolves early, without an error, when its signal aborts. */
export type Clock = { now(): number; sleep(ms: number, signal: AbortSignal): Promise<void> }

export const systemClock: Clock = {
  now: Date.now,
  // The timers of node:timers/promises make an error for each abort, with its stack.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      signal.addEventListener('abort', wake)
    }),
}
