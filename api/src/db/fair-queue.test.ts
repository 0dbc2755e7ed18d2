import { setImmediate } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { createFairQueue } from './fair-queue.ts'

const codeOf = (error: unknown) => (error as { code?: string }).code

/** Work that runs until the test ends it. `asked` notes each beginning, `codes` each rejection. */
const setUp = (options: Partial<Parameters<typeof createFairQueue>[0]> = {}) => {
  const runInTurn = createFairQueue({ places: 2, most: 100, waitMs: 5_000, ...options })
  const begun: string[] = []
  const codes: unknown[] = []
  const ends: PromiseWithResolvers<void>[] = []
  const ask = async (...names: string[]) => {
    for (const name of names)
      runInTurn(name, () => {
        begun.push(name)
        const end = Promise.withResolvers<void>()
        ends.push(end)
        return end.promise
      }).catch((error: unknown) => codes.push(codeOf(error)))
    await setImmediate()
  }
  const end = async (count = 1) => {
    for (const { resolve } of ends.splice(0, count)) resolve()
    await setImmediate()
  }
  return { runInTurn, ask, end, ends, begun, codes }
}

describe('a fair queue', () => {
  it('runs as many works as there are places, and one of each name at a time', async () => {
    const { ask, end, begun } = setUp()
    await ask('ann', 'ann', 'bob', 'cyd')
    expect(begun).toEqual(['ann', 'bob'])
    await end()
    expect(begun).toEqual(['ann', 'bob', 'cyd'])
    await end(2)
    expect(begun).toEqual(['ann', 'bob', 'cyd', 'ann'])
  })

  it('lets a name that asked a thousand times delay another by one work', async () => {
    const { ask, end, begun } = setUp({ places: 1, most: 3_000 })
    await ask(...Array<string>(1000).fill('ann'), 'bob')
    await end()
    expect(begun).toEqual(['ann', 'bob'])
    await end()
    expect(begun).toEqual(['ann', 'bob', 'ann'])
  })

  it('goes on after work that fails, and passes on what it throws and answers', async () => {
    const { runInTurn } = setUp({ places: 1 })
    const failing = runInTurn('ann', () => Promise.reject(new Error('broken')))
    const next = runInTurn('ann', async () => 7)
    await expect(failing).rejects.toThrow('broken')
    expect(await next).toBe(7)
  })

  it('does work again that got no connection in time, while the database answers others', async () => {
    const { runInTurn } = setUp()
    const noConnection = new Error('timeout exceeded when trying to connect')
    let tries = 0
    const slow = runInTurn('ann', async () => {
      tries++
      if (tries > 1) return 'done'
      await runInTurn('bob', async () => 'answered')
      throw noConnection
    })
    expect([await slow, tries]).toEqual(['done', 2])
    await expect(runInTurn('ann', () => Promise.reject(noConnection))).rejects.toBe(noConnection)
  })

  it('does work that gets no connection again only until its time is over, although the database answers others', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { runInTurn } = setUp({ waitMs: 5_000 })
    const tries: number[] = []
    const starved = runInTurn('ann', async () => {
      tries.push(performance.now())
      if (tries.length > 9) return 'endless'
      vi.advanceTimersByTime(2_000)
      await runInTurn('bob', async () => 'answered')
      throw new Error('timeout exceeded when trying to connect')
    }).catch((error: unknown) => error)
    expect(await starved).toMatchObject({ code: 'overloaded', retryAfter: 5 })
    const [first = 0] = tries
    expect(tries.map((at) => at - first)).toEqual([0, 2_000, 4_000])
    vi.useRealTimers()
  })

  it('counts the time of the wait for a turn, when work gets no connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { runInTurn, ask, end } = setUp({ waitMs: 5_000 })
    await ask('ann')
    let tries = 0
    const starved = runInTurn('ann', async () => {
      tries++
      if (tries > 9) return 'endless'
      vi.advanceTimersByTime(2_000)
      await runInTurn('bob', async () => 'answered')
      throw new Error('timeout exceeded when trying to connect')
    }).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(4_000)
    await end()
    expect(await starved).toMatchObject({ code: 'overloaded' })
    expect(tries).toBe(1)
    vi.useRealTimers()
  })

  it('lets others wait in the places of those who are not needed any more', async () => {
    const { runInTurn, ask, end, begun, codes } = setUp({ places: 1, most: 4 })
    await ask('ann')
    const needless = new AbortController()
    const reason = new Error('served')
    const given = runInTurn('ann', async () => begun.push('needless'), needless.signal).catch((error: unknown) => error)
    await ask('ann', 'ann')
    expect(codes).toEqual(['overloaded'])
    needless.abort(reason)
    expect(await given).toBe(reason)
    await ask('ann')
    expect(codes).toEqual(['overloaded'])
    for (let n = 0; n < 3; n++) await end()
    expect(begun).toEqual(['ann', 'ann', 'ann'])
    needless.abort(reason)
  })

  it('refuses with overloaded when too many wait, and leaves room for who has none waiting', async () => {
    const { ask, end, begun, codes } = setUp({ places: 1, most: 4 })
    await ask('ann', 'ann', 'ann', 'ann', 'ann')
    expect(codes).toEqual(['overloaded', 'overloaded'])
    await ask('bob', 'cyd', 'dan')
    expect(codes).toEqual(['overloaded', 'overloaded', 'overloaded'])
    for (let n = 0; n < 5; n++) await end()
    expect(begun).toEqual(['ann', 'bob', 'cyd', 'ann', 'ann'])
  })
})

describe('a turn that does not come in time', () => {
  it('is overloaded when other work came to an end meanwhile, and frees its room', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { ask, end, begun, codes } = setUp({ places: 1, most: 2 })
    await ask('ann', 'bob', 'cyd')
    await vi.advanceTimersByTimeAsync(4_000)
    await end()
    await vi.advanceTimersByTimeAsync(1_000)
    expect([begun, codes]).toEqual([['ann', 'bob'], ['overloaded']])
    await ask('dan')
    await end()
    expect(begun).toEqual(['ann', 'bob', 'dan'])
    vi.useRealTimers()
  })

  it('is overloaded as well when other work waited for a lock for too long', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { ask, codes, ends } = setUp({ places: 1 })
    await ask('ann', 'bob', 'cyd')
    await vi.advanceTimersByTimeAsync(4_000)
    const lockTimeout = Object.assign(new pg.DatabaseError('canceling statement', 0, 'error'), { code: '55P03' })
    ends[0]?.reject(lockTimeout)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(codes).toEqual(['55P03', 'overloaded'])
    vi.useRealTimers()
  })

  it('is database_unavailable when nothing came to an end, or only because the database was away', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { ask, codes, ends } = setUp({ places: 2 })
    await ask('ann', 'bob', 'cyd')
    await vi.advanceTimersByTimeAsync(4_000)
    ends[0]?.reject(Object.assign(new Error(''), { code: 'ECONNREFUSED' }))
    await vi.advanceTimersByTimeAsync(1)
    await ask('dan', 'eve')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(codes).toEqual(['ECONNREFUSED', 'database_unavailable', 'database_unavailable'])
    vi.useRealTimers()
  })
})
