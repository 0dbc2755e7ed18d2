import { describe, expect, test } from 'vitest'
import { createSemaphore } from './semaphore.ts'

const piece = () => ({ ...Promise.withResolvers<void>(), begun: false })

/** Runs `count` pieces of work through a semaphore. Each ends when the test resolves or rejects it. */
const start = (options: Parameters<typeof createSemaphore>[0], count: number) => {
  const semaphore = createSemaphore(options)
  const pieces = Array.from({ length: count }, piece)
  const ended = pieces.map((one) =>
    semaphore.run(() => {
      one.begun = true
      return one.promise
    }),
  )
  return { semaphore, pieces, ended, begun: () => pieces.map((one) => one.begun) }
}

describe('a semaphore', () => {
  test('starts as many pieces of work at once as it has places, and the next one when one ends', async () => {
    const { pieces, ended, begun } = start({ places: 2 }, 4)
    expect(begun()).toEqual([true, true, false, false])
    pieces[1]?.resolve()
    await ended[1]
    await expect.poll(begun).toEqual([true, true, true, false])
    for (const one of pieces) one.resolve()
    await Promise.all(ended)
    expect(begun()).toEqual([true, true, true, true])
  })

  test('is full while every place is taken', async () => {
    const { semaphore, pieces, ended } = start({ places: 2 }, 1)
    expect(semaphore.isFull()).toBe(false)
    const second = piece()
    const ends = semaphore.run(() => second.promise)
    expect(semaphore.isFull()).toBe(true)
    second.resolve()
    await ends
    expect(semaphore.isFull()).toBe(false)
    pieces[0]?.resolve()
    await Promise.all(ended)
  })

  test('rejects with the error of a piece that fails, and starts the next one', async () => {
    const { pieces, ended, begun } = start({ places: 1 }, 2)
    pieces[0]?.reject(new Error('broken'))
    await expect(ended[0]).rejects.toThrow('broken')
    await expect.poll(begun).toEqual([true, true])
    pieces[1]?.resolve()
    await ended[1]
  })
})
