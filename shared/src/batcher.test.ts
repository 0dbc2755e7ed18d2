import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type BatcherOptions, createBatcher } from './batcher.ts'

/** A batcher whose batches the test ends. `batches`: those sent, each with its keys and values. */
const start = (options?: BatcherOptions) => {
  const batches: string[][] = []
  const ends: (() => void)[] = []
  const batcher = createBatcher<string, number>((batch) => {
    batches.push([...batch].map(([key, value]) => `${key}${value}`))
    return new Promise<void>((resolve) => ends.push(resolve))
  }, options)
  const end = async () => {
    ends.shift()?.()
    await turn()
  }
  return { ...batcher, batches, end }
}

describe('a batcher', () => {
  test('sends the first entry at once, and the entries that come meanwhile in the next batch', async () => {
    const { add, batches, end } = start()
    for (const key of ['a', 'b', 'c']) add(key, 1)
    expect(batches).toEqual([['a1']])
    await end()
    expect(batches).toEqual([['a1'], ['b1', 'c1']])
  })

  test('with `soon` sends the entries of one turn of the event loop together', async () => {
    const { add, batches } = start({ soon: true })
    for (const key of ['a', 'b', 'c']) add(key, 1)
    expect(batches).toEqual([])
    await turn()
    expect(batches).toEqual([['a1', 'b1', 'c1']])
  })

  test('sends at most `max` entries at a time', async () => {
    const { add, batches, end } = start({ max: 2, soon: true })
    for (const key of ['a', 'b', 'c', 'd', 'e']) add(key, 1)
    for (let n = 0; n < 3; n++) {
      await turn()
      await end()
    }
    expect(batches).toEqual([['a1', 'b1'], ['c1', 'd1'], ['e1']])
  })

  test('keeps the newest value of a key in the place of the first', async () => {
    const { add, waiting, batches, end } = start()
    add('first', 1)
    add('a', 1)
    add('b', 1)
    add('a', 2)
    expect([waiting('a'), waiting('first')]).toEqual([2, undefined])
    await end()
    expect(batches[1]).toEqual(['a2', 'b1'])
  })

  test('starts again after it was idle', async () => {
    const { add, batches, end } = start()
    add('a', 1)
    await end()
    add('b', 1)
    expect(batches).toEqual([['a1'], ['b1']])
  })
})
