import { afterEach, describe, expect, test, vi } from 'vitest'
import { flush, jobOf, startDispatcher } from '../testing/dispatcher-harness.ts'
import type { Job } from './jobs.ts'

afterEach(() => void vi.useRealTimers())

describe('the dispatcher', () => {
  test('is stalled while a fetch does not end, and not by fetches that fail', async () => {
    vi.useFakeTimers()
    const fetches: PromiseWithResolvers<Job[]>[] = []
    const fetch = () => {
      const fetching = Promise.withResolvers<Job[]>()
      fetches.push(fetching)
      return fetching.promise
    }
    const { dispatcher, errors } = startDispatcher([], { fetch, pollMs: 1_000 })
    expect(dispatcher.stalledMs()).toBe(0)
    dispatcher.start()
    await vi.advanceTimersByTimeAsync(25_000)
    expect(dispatcher.stalledMs()).toBe(25_000)
    fetches[0]?.reject(new Error('no database'))
    await vi.advanceTimersByTimeAsync(0)
    expect([dispatcher.stalledMs(), errors.length]).toEqual([0, 1])
    fetches[1]?.resolve([])
    await vi.advanceTimersByTimeAsync(900)
    expect(dispatcher.stalledMs()).toBeLessThan(1_000)
  })

  test('is stalled while the renewal of heartbeats does not end', async () => {
    vi.useFakeTimers()
    const touch = () => new Promise<never>(() => undefined)
    const { dispatcher, runs } = startDispatcher([jobOf('a')], { touch, pollMs: 1_000, touchMs: 3_000 })
    dispatcher.start()
    await vi.advanceTimersByTimeAsync(33_000)
    expect([runs.length, dispatcher.stalledMs()]).toEqual([1, 30_000])
  })

  test('is stalled while a job that was aborted does not end in the time for that', async () => {
    vi.useFakeTimers()
    const ends: (() => void)[] = []
    const run = () => new Promise<void>((resolve) => ends.push(resolve))
    let alive = true
    const touch = async (jobs: Job[]) => new Set(alive ? jobs : [])
    const { dispatcher } = startDispatcher([jobOf('a'), jobOf('b')], { run, touch, pollMs: 1_000, touchMs: 3_000 })
    dispatcher.start()
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(dispatcher.stalledMs()).toBeLessThan(5_000)
    dispatcher.cancel('a')
    await vi.advanceTimersByTimeAsync(600_000)
    expect(dispatcher.stalledMs()).toBeLessThan(5_000)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(dispatcher.stalledMs()).toBe(60_000)
    // That it is aborted again does not begin its time anew.
    alive = false
    await vi.advanceTimersByTimeAsync(6_000)
    expect(dispatcher.stalledMs()).toBe(66_000)
    ends[0]?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(dispatcher.stalledMs()).toBeLessThan(5_000)
    ends[1]?.()
  })

  test('gives the slot of an answered job to the next one, until as many jobs as it has slots are ending', async () => {
    const { dispatcher, runs, fetched, ids } = startDispatcher(['a', 'b', 'c', 'd', 'e'].map((id) => jobOf(id)))
    dispatcher.start()
    await flush()
    expect(ids()).toEqual(['a', 'b'])
    for (const n of [0, 1, 2]) {
      runs[n]?.answer()
      await flush()
    }
    expect(ids()).toEqual(['a', 'b', 'c', 'd'])
    expect(dispatcher.running()).toBe(4)
    runs[0]?.end()
    await flush()
    expect(ids()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(fetched).toEqual([2, 1, 1, 1])
    // A job that is answered and not stored yet holds up the stop.
    const stopping = dispatcher.stop(new AbortController().signal)
    expect(await Promise.race([stopping, flush().then(() => 'runs')])).toBe('runs')
    for (const { end } of runs) end()
    await stopping
  })

  test('runs as many jobs as it has slots, and the next one when a slot frees', async () => {
    const { dispatcher, runs, fetched, ids } = startDispatcher(['a', 'b', 'c', 'd'].map((id) => jobOf(id)))
    dispatcher.start()
    await flush()
    expect(ids()).toEqual(['a', 'b'])
    runs[1]?.end()
    await flush()
    expect(ids()).toEqual(['a', 'b', 'c'])
    expect(dispatcher.running()).toBe(2)
    expect(fetched).toEqual([2, 1])
  })

  test('fetches once for many notifications, and once more for those that come during a fetch', async () => {
    const { promise, resolve } = Promise.withResolvers<Job[]>()
    let asked = 0
    const { dispatcher } = startDispatcher([], { fetch: async () => (asked++ === 0 ? promise : []) })
    dispatcher.start()
    for (let n = 0; n < 50; n++) dispatcher.wake()
    await flush()
    expect(asked).toBe(1)
    resolve([])
    await flush()
    expect(asked).toBe(2)
  })

  test('does not fetch when a slot frees after the queue was empty', async () => {
    const { dispatcher, runs, fetched } = startDispatcher([jobOf('a')])
    dispatcher.start()
    await flush()
    runs[0]?.end()
    await flush()
    expect(fetched).toEqual([2])
    expect(dispatcher.running()).toBe(0)
  })

  test('fetches at most a hundred jobs at once', async () => {
    const { dispatcher, fetched } = startDispatcher(
      Array.from({ length: 150 }, (_, n) => jobOf(`${n}`)),
      { slots: 120 },
    )
    dispatcher.start()
    await flush()
    expect(fetched).toEqual([100, 20])
    expect(dispatcher.running()).toBe(120)
  })

  test('fetches every `pollMs`, also after a fetch that failed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    let asked = 0
    const { dispatcher, errors } = startDispatcher([], {
      pollMs: 1_000,
      fetch: async () => {
        if (++asked === 2) throw new Error('the database is away')
        return []
      },
    })
    dispatcher.start()
    for (let second = 0; second < 3; second++) {
      await flush()
      vi.advanceTimersByTime(1_000)
    }
    await flush()
    expect(asked).toBe(4)
    expect(errors).toHaveLength(1)
  })

  test('runs the next job after a run that rejected', async () => {
    const ran: string[] = []
    const { dispatcher, errors } = startDispatcher([jobOf('a'), jobOf('b')], {
      slots: 1,
      run: async ({ id }) => {
        ran.push(id)
        throw new Error('broken')
      },
    })
    dispatcher.start()
    await flush()
    expect(ran).toEqual(['a', 'b'])
    expect(errors).toHaveLength(2)
    expect(dispatcher.running()).toBe(0)
  })

  test('distinguishes two deliveries of one job: the second keeps slot and heartbeat when the first ends', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const touched: number[][] = []
    const waiting = [jobOf('a', 0), jobOf('a', 1)]
    const { dispatcher, runs } = startDispatcher(waiting, {
      touchMs: 1_000,
      touch: async (jobs) => {
        touched.push(jobs.map(({ retryCount }) => retryCount))
        return new Set(jobs.filter(({ retryCount }) => retryCount === 1))
      },
    })
    dispatcher.start()
    await flush()
    expect(dispatcher.running()).toBe(2)
    vi.advanceTimersByTime(1_000)
    await flush()
    expect(runs.map(({ signal }) => signal.reason)).toEqual(['lost', undefined])
    expect(dispatcher.running()).toBe(1)
    vi.advanceTimersByTime(1_000)
    await flush()
    expect(touched).toEqual([[0, 1], [1]])
    dispatcher.cancel('a')
    expect(runs[1]?.signal.reason).toBe('cancelled')
  })
})
