import { describe, expect, it } from 'vitest'
import { createKeyedMutex } from './keyed-mutex.ts'

describe('a keyed mutex', () => {
  it('runs the work of one name one after the other, in order, also after a failure', async () => {
    const exclusive = createKeyedMutex(5_000)
    const seen: string[] = []
    let running = 0
    const work = (n: number) => async () => {
      running++
      seen.push(`${n} of ${running}`)
      await Promise.resolve()
      running--
      if (n === 1) throw new Error('no')
      return n
    }
    const outcomes = await Promise.allSettled([0, 1, 2, 3].map((n) => exclusive('ann', work(n))))
    expect(seen).toEqual(['0 of 1', '1 of 1', '2 of 1', '3 of 1'])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  })

  it('runs the work of another name at the same time', async () => {
    const exclusive = createKeyedMutex(5_000)
    const { promise, resolve } = Promise.withResolvers<string>()
    const held = exclusive('ann', () => promise)
    expect(await exclusive('bob', async () => 'done')).toBe('done')
    resolve('held')
    expect(await held).toBe('held')
  })

  it('rejects work whose turn does not come in time, and keeps later work waiting', async () => {
    const exclusive = createKeyedMutex(200)
    const { promise, resolve } = Promise.withResolvers<void>()
    const held = exclusive('ann', () => promise)
    await expect(exclusive('ann', async () => undefined)).rejects.toMatchObject({ code: 'database_unavailable' })
    let began = false
    const next = exclusive('ann', async () => {
      began = true
    })
    expect(began).toBe(false)
    resolve()
    await Promise.all([held, next])
    expect(began).toBe(true)
  })
})
