/**
 * A clock. `now`: epoch milliseconds, which jump when the clock of the machine is set. `steady`: milliseconds that never
 * jump, to measure and to wait by; they begin at the epoch's. `sleep` resolves early, without an error, when its signal
 * aborts.
 */
export type Clock = { now(): number; steady(): number; sleep(ms: number, signal: AbortSignal): Promise<void> }

const steadyBegan = Date.now() - performance.now()

export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => Math.round(steadyBegan + performance.now()),
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
