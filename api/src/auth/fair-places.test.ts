import { describe, expect, it } from 'vitest'
import { createFairPlaces } from './fair-places.ts'

/** Works that run until the test ends them, and which of those that asked got a place. */
const setUp = (max: number) => {
  const places = createFairPlaces(max)
  const ends: (() => void)[] = []
  const hold = async (who: string, times: number): Promise<number> => {
    let denied = 0
    for (let n = 0; n < times; n++) {
      void places(who, () => new Promise<void>((resolve) => ends.push(resolve))).catch(() => denied++)
      await Promise.resolve()
    }
    await new Promise((resolve) => setImmediate(resolve))
    return times - denied
  }
  return { places, hold, ends }
}

describe('createFairPlaces', () => {
  it('gives one client half of the places, and each further one half of the rest', async () => {
    const { hold } = setUp(20)
    expect([await hold('a', 100), await hold('b', 100), await hold('c', 100), await hold('d', 1)]).toEqual([
      10, 5, 3, 1,
    ])
  })

  it('denies everybody when all places are taken, and gives them again afterwards', async () => {
    const { hold, ends } = setUp(3)
    for (const who of ['a', 'b', 'c']) expect(await hold(who, 1)).toBe(1)
    expect(await hold('d', 1)).toBe(0)
    ends.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await hold('d', 1)).toBe(1)
  })

  it('passes on what a work answers and throws', async () => {
    const { places } = setUp(1)
    expect(await places('a', async () => 7)).toBe(7)
    await expect(places('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await places('a', async () => 8)).toBe(8)
    const full = setUp(1)
    await full.hold('a', 1)
    await expect(full.places('b', async () => 9)).rejects.toMatchObject({ code: 'auth_unavailable', retryAfter: 1 })
  })
})
