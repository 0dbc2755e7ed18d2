import { afterEach, describe, expect, test, vi } from 'vitest'
import { flush, jobOf, startDispatcher } from '../testing/dispatcher-harness.ts'
import type { Job } from './jobs.ts'

afterEach(() => void vi.useRealTimers())

describe('the dispatcher, when jobs are to end', () => {
  test('aborts only the jobs that no longer belong to this worker', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { dispatcher, runs } = startDispatcher([jobOf('a'), jobOf('b')], {
      touchMs: 1_000,
      touch: async (jobs) => new Set(jobs.filter(({ id }) => id === 'b')),
    })
    dispatcher.start()
    await flush()
    vi.advanceTimersByTime(1_000)
    await flush()
    expect(runs.map(({ signal }) => signal.reason)).toEqual(['lost', undefined])
    expect(dispatcher.running()).toBe(1)
  })

  test('cancels its own jobs and ignores other ids', async () => {
    const { dispatcher, runs } = startDispatcher([jobOf('a'), jobOf('b')])
    dispatcher.start()
    await flush()
    dispatcher.cancel('a')
    dispatcher.cancel('nobody')
    expect(runs.map(({ signal }) => signal.reason)).toEqual(['cancelled', undefined])
  })

  test('stops fetching at once, waits for running jobs, and aborts them at the deadline', async () => {
    const { dispatcher, runs, fetched } = startDispatcher([jobOf('a'), jobOf('b'), jobOf('c')])
    dispatcher.start()
    await flush()
    const deadline = new AbortController()
    let stopped = false
    const stopping = dispatcher.stop(deadline.signal).then(() => {
      stopped = true
    })
    runs[0]?.end()
    dispatcher.wake()
    await flush()
    expect([fetched, stopped]).toEqual([[2], false])
    deadline.abort()
    await stopping
    expect(runs.map(({ signal }) => signal.reason)).toEqual([undefined, 'shutdown'])
  })

  test('aborts jobs that a fetch brings after the stop', async () => {
    const { promise, resolve } = Promise.withResolvers<Job[]>()
    const { dispatcher, runs } = startDispatcher([], { fetch: () => promise })
    dispatcher.start()
    const stopping = dispatcher.stop(AbortSignal.abort())
    resolve([jobOf('a')])
    await stopping
    expect(runs.map(({ signal }) => signal.reason)).toEqual(['shutdown'])
  })
})
