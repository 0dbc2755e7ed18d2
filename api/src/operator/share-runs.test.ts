import { describe, expect, it } from 'vitest'
import { shareRuns } from './share-runs.ts'

/** Runs that the test ends, and a clock that it sets. */
const setUp = () => {
  const runs: (PromiseWithResolvers<string> & { begin: () => void })[] = []
  const clock = { ms: 0 }
  const ask = shareRuns(
    (_asker: string, begin) => {
      const run = { ...Promise.withResolvers<string>(), begin }
      runs.push(run)
      return run.promise
    },
    5_000,
    () => clock.ms,
  )
  return { runs, clock, ask }
}

describe('a shared run', () => {
  it('is one for all who ask while it runs, and for the time after it', async () => {
    const { runs, clock, ask } = setUp()
    const asked = [ask('ann'), ask('bob')]
    clock.ms = 60_000
    asked.push(ask('cyd'))
    runs[0]?.resolve('first')
    expect(await Promise.all(asked)).toEqual(['first', 'first', 'first'])
    expect(runs).toHaveLength(1)
  })

  it('is followed by another when its time is over', async () => {
    const { runs, clock, ask } = setUp()
    const first = ask('ann')
    runs[0]?.resolve('first')
    await first
    clock.ms = 4_999
    expect(await ask('ann')).toBe('first')
    clock.ms = 5_000
    const second = ask('ann')
    runs[1]?.resolve('second')
    expect(await second).toBe('second')
  })

  it('that took long is kept for nine times as long', async () => {
    const { runs, clock, ask } = setUp()
    const first = ask('ann')
    runs[0]?.begin()
    clock.ms = 3_000
    runs[0]?.resolve('slow')
    await first
    clock.ms = 29_999
    expect(await ask('ann')).toBe('slow')
    clock.ms = 30_000
    void ask('ann')
    expect(runs).toHaveLength(2)
  })

  it('that failed is not repeated at once', async () => {
    const { runs, clock, ask } = setUp()
    const first = ask('ann')
    runs[0]?.reject(new Error('slow'))
    await expect(first).rejects.toThrow('slow')
    await expect(ask('bob')).rejects.toThrow('slow')
    clock.ms = 5_000
    void ask('bob')
    expect(runs).toHaveLength(2)
  })

  it('whose turn comes late or never is kept as long as another', async () => {
    const { runs, clock, ask } = setUp()
    const first = ask('ann')
    clock.ms = 10_000
    runs[0]?.reject(new Error('no turn'))
    await expect(first).rejects.toThrow('no turn')
    clock.ms = 14_999
    await expect(ask('bob')).rejects.toThrow('no turn')
    clock.ms = 15_000
    const second = ask('bob')
    clock.ms = 23_000
    runs[1]?.begin()
    runs[1]?.resolve('late')
    await second
    clock.ms = 28_000
    void ask('cyd')
    expect(runs).toHaveLength(3)
  })
})
