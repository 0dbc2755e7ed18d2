import { setImmediate as turn } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { createDispatcher, type DispatcherDeps } from '../queue/dispatcher.ts'
import type { Job } from '../queue/jobs.ts'

export const jobOf = (id: string, retryCount = 0): Job => ({
  id,
  priority: 0,
  retryCount,
  retryLimit: 3,
  deliveredAt: `2026-11-21T00:00:0${retryCount}.000Z`,
  run: null,
})

/**
 * A dispatcher over a queue in memory, until the end of the test. Jobs run until the test ends them or their signal
 * aborts.
 */
export const startDispatcher = (waiting: Job[], deps: Partial<DispatcherDeps> = {}) => {
  const runs: { job: Job; signal: AbortSignal; answer: () => void; end: () => void }[] = []
  const fetched: number[] = []
  const errors: unknown[] = []
  const dispatcher = createDispatcher({
    slots: 2,
    fetch: async (limit) => {
      fetched.push(limit)
      return waiting.splice(0, limit)
    },
    run: (job, signal, onAnswered) =>
      new Promise((resolve) => {
        runs.push({ job, signal, answer: onAnswered, end: resolve })
        signal.addEventListener('abort', () => resolve())
      }),
    touch: async (jobs) => new Set(jobs),
    pollMs: 1_000_000,
    touchMs: 1_000_000,
    endMs: 600_000,
    onError: (error) => errors.push(error),
    ...deps,
  })
  onTestFinished(() => dispatcher.stop(AbortSignal.abort()))
  return { dispatcher, runs, fetched, errors, ids: () => runs.map(({ job }) => job.id) }
}

/** Waits until all work that needs no timer has run. */
export const flush = async () => {
  for (let n = 0; n < 5; n++) await turn()
}
