import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createWebhookDispatch } from './dispatch.ts'
import type { DeliveryJob } from './store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A dispatch over a queue in memory, with what it asks of its store. A delivery runs until the test ends it. */
const setUp = ({ slots = 40 } = {}) => {
  const queue: DeliveryJob[] = []
  const asked: string[] = []
  const ends: (() => void)[] = []
  const signals: AbortSignal[] = []
  const state = { fails: false }
  const errors: unknown[] = []
  const dispatch = createWebhookDispatch({
    store: {
      queue: async () => {
        asked.push('queue')
        if (state.fails) throw new Error('away')
        return queue.length > 0
      },
      fetch: async (most) => queue.splice(0, most),
      recover: async () => {
        asked.push('recover')
        return 0
      },
    },
    deliver: (_, signal) => {
      signals.push(signal)
      return new Promise((resolve) => {
        ends.push(resolve)
        signal.addEventListener('abort', () => resolve())
      })
    },
    slots,
    now: Date.now,
    pollMs: 1_000,
    awakeMs: 60_000,
    recoverEveryMs: 5_000,
    longestMs: 15_000,
    onError: (error) => errors.push(error),
  })
  const add = (count: number) =>
    queue.push(...Array.from({ length: count }, (_, n) => ({ id: `${n}`, accountId: 'a' })))
  const settle = () => vi.advanceTimersByTimeAsync(0)
  return { dispatch, queue, asked, ends, signals, state, errors, add, settle }
}

test('a dispatch that nobody wakes asks its store nothing, and one that was woken asks every second for a minute', async () => {
  const { dispatch, asked } = setUp()
  dispatch.start()
  await vi.advanceTimersByTimeAsync(600_000)
  expect(asked).toEqual([])
  dispatch.wake()
  await vi.advanceTimersByTimeAsync(600_000)
  expect(asked.filter((one) => one === 'queue')).toHaveLength(60)
  expect(asked.filter((one) => one === 'recover')).toHaveLength(12)
})

test('a dispatch takes no more than its slots, and the next ones when some end', async () => {
  const { dispatch, ends, queue, add, settle } = setUp()
  dispatch.start()
  add(100)
  dispatch.wake()
  await settle()
  expect([ends.length, queue.length]).toEqual([40, 60])
  for (const end of ends.splice(0, 20)) end()
  await settle()
  expect([ends.length, queue.length]).toEqual([40, 40])
})

test('a dispatch goes on after an error of its store', async () => {
  const { dispatch, ends, state, errors, add, settle } = setUp()
  dispatch.start()
  state.fails = true
  add(1)
  dispatch.wake()
  await settle()
  expect([ends.length, errors.length]).toEqual([0, 1])
  state.fails = false
  await vi.advanceTimersByTimeAsync(1_000)
  expect([ends.length, errors.length]).toEqual([1, 1])
})

test('a dispatch that stops waits for its requests until the deadline, and then ends them', async () => {
  const { dispatch, ends, signals, add, settle } = setUp()
  dispatch.start()
  add(2)
  dispatch.wake()
  await settle()
  const deadline = new AbortController()
  let stopped = false
  const stopping = dispatch.stop(deadline.signal).then(() => {
    stopped = true
  })
  ends[0]?.()
  add(5)
  dispatch.wake()
  await vi.advanceTimersByTimeAsync(10_000)
  expect([stopped, signals.map(({ aborted }) => aborted)]).toEqual([false, [false, false]])
  deadline.abort()
  await stopping
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
})
