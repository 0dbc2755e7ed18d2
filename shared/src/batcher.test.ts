import { setImmediate as turn } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { type BatcherOptions, createBatcher, createSharedWrite } from './batcher.ts'

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

  test('with `lingerMs` sends the first entry at once, and waits for company before the next batch', async () => {
    const { add, batches, end } = start({ lingerMs: 1_000 })
    add('a', 1)
    expect(batches).toEqual([['a1']])
    await end()
    add('b', 1)
    expect(batches).toEqual([['a1']])
    add('c', 1)
    await expect.poll(() => batches).toEqual([['a1'], ['b1', 'c1']])
  })

  test('with `lingerMs` sends a full batch at once', async () => {
    const { add, batches, end } = start({ lingerMs: 60_000, max: 2 })
    for (const key of ['a', 'b', 'c', 'd']) add(key, 1)
    await end()
    expect(batches).toEqual([['a1'], ['b1', 'c1']])
  })
})

const lockTimeout = () => Object.assign(new pg.DatabaseError('lock timeout', 0, 'error'), { code: '55P03' })

/** A shared write that refuses entries called `poison`, with an error of their own for an entry that is sent alone. */
const share = (refuse: (alone: boolean) => Error) => {
  const writes: string[][] = []
  const add = createSharedWrite<string, string>(async (entries) => {
    writes.push(entries)
    if (entries.includes('poison')) throw refuse(entries.length === 1)
    return (entry) => entry.toUpperCase()
  }, {})
  return { writes, addAll: (entries: string[]) => Promise.allSettled(entries.map(add)) }
}

describe('a shared write', () => {
  test('answers each of the entries that met', async () => {
    const { writes, addAll } = share(() => new Error())
    expect(await addAll(['a', 'b', 'a'])).toMatchObject([{ value: 'A' }, { value: 'B' }, { value: 'A' }])
    expect(writes).toEqual([['a', 'b', 'a']])
  })

  test('that is refused is repeated for each entry alone, and only the refused one fails, with its own error', async () => {
    const { writes, addAll } = share((alone) => new Error(alone ? 'alone' : 'together'))
    expect(await addAll(['a', 'poison', 'b'])).toMatchObject([
      { value: 'A' },
      { status: 'rejected', reason: { message: 'alone' } },
      { value: 'B' },
    ])
    expect(writes).toEqual([['a', 'poison', 'b'], ['a'], ['poison'], ['b']])
  })

  test('does not hold up the next one while an entry that is repeated alone waits', async () => {
    const blocked = Promise.withResolvers<void>()
    const add = createSharedWrite<string, string>(async (entries) => {
      if (entries.length > 1 && entries.includes('locked')) throw lockTimeout()
      if (entries.includes('locked')) await blocked.promise
      return (entry) => entry
    }, {})
    const locked = add('locked')
    expect(await add('a')).toBe('a')
    expect(await add('b')).toBe('b')
    blocked.resolve()
    expect(await locked).toBe('locked')
  })

  test('fails for all entries at once while the database cannot be reached', async () => {
    const { writes, addAll } = share(() => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))
    const ended = await addAll(['a', 'poison', 'b'])
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(writes).toHaveLength(1)
  })

  test('whose answer to one entry throws answers the others', async () => {
    const add = createSharedWrite<string, string>(
      async () => (entry) => {
        if (entry === 'b') throw new RangeError('another form')
        return entry
      },
      {},
    )
    expect(await Promise.allSettled(['a', 'b', 'c'].map(add))).toMatchObject([
      { value: 'a' },
      { reason: { message: 'another form' } },
      { value: 'c' },
    ])
  })
})
