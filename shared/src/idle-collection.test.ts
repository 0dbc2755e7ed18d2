import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createIdleCollection, garbageCollection } from './idle-collection.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A worker of which the test says whether it is idle. */
const setUp = () => {
  const worker = { idle: true, collections: 0 }
  const collect = () => void worker.collections++
  const runEnded = createIdleCollection({ collect, isIdle: () => worker.idle, runs: 3, idleMs: 100 })
  const end = (count: number) => Array.from({ length: count }, runEnded)
  return { worker, end }
}

test('garbage is collected once after many runs, when the worker has been idle for a while', () => {
  const { worker, end } = setUp()
  end(3)
  vi.advanceTimersByTime(99)
  expect(worker.collections).toBe(0)
  vi.advanceTimersByTime(1_000)
  expect(worker.collections).toBe(1)
  end(2)
  vi.advanceTimersByTime(1_000)
  expect(worker.collections).toBe(1)
  end(1)
  vi.advanceTimersByTime(100)
  expect(worker.collections).toBe(2)
})

test('garbage is not collected between runs that follow each other, or while one is under way', () => {
  const { worker, end } = setUp()
  for (let run = 0; run < 50; run++) {
    end(1)
    vi.advanceTimersByTime(90)
  }
  expect(worker.collections).toBe(0)
  worker.idle = false
  vi.advanceTimersByTime(1_000)
  expect(worker.collections).toBe(0)
  worker.idle = true
  end(1)
  vi.advanceTimersByTime(100)
  expect(worker.collections).toBe(1)
})

test.each([false, true])('garbageCollection frees what nobody refers to, with releasing %s', (releasing) => {
  let large: object | undefined = { text: 'x'.repeat(1_000) }
  const weak = new WeakRef(large)
  large = undefined
  const collect = garbageCollection({ releasing })
  vi.useRealTimers()
  return new Promise<void>((resolve) => {
    // A WeakRef keeps its target until the end of the turn in which it was made.
    setTimeout(() => {
      collect()
      expect(weak.deref()).toBeUndefined()
      resolve()
    }, 0)
  })
})
