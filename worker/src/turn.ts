import { setImmediate } from 'node:timers/promises'

/** The time in milliseconds after which other work of the process gets its turn. */
const longestTurn = 4

/**
 * Returns a function to await between the steps of a long computation. When the steps have taken 4 ms, it lets the
 * event loop run, so that heartbeats and other jobs are served whatever a model or a person sends.
 */
export const createTurn = (): (() => Promise<void>) => {
  let began = performance.now()
  return async () => {
    if (performance.now() - began < longestTurn) return
    await setImmediate()
    began = performance.now()
  }
}
