import { describe, expect, test } from 'vitest'
import { createRecentWindows } from './recent-windows.ts'

const windowsOf = (remaining: number) => [{ name: 'generations', limit: 5, remaining, window_seconds: 300, reset: 60 }]

/** Recent windows with a clock that the test moves; each read finds one place less. */
const start = () => {
  const clock = { ms: 0 }
  const recent = createRecentWindows(() => clock.ms)
  let left = 5
  const read = async () => windowsOf(--left)
  const remaining = async () => (await recent.get('ana', read))[0]?.remaining
  return { clock, recent, read, remaining }
}

describe('createRecentWindows', () => {
  test('reads once in five seconds, and then behind the answer', async () => {
    const { clock, remaining } = start()
    expect([await remaining(), await remaining()]).toEqual([4, 4])
    clock.ms = 5_001
    expect(await remaining()).toBe(4)
    expect(await remaining()).toBe(3)
  })

  test('reads before the answer when the numbers are older than a minute', async () => {
    const { clock, remaining } = start()
    await remaining()
    clock.ms = 60_001
    expect(await remaining()).toBe(3)
  })

  test('shows what an admission has told at once, and counts the seconds until the reset down', async () => {
    const { clock, recent, read } = start()
    recent.set('ana', windowsOf(2))
    clock.ms = 4_000
    expect(await recent.get('ana', read)).toEqual([{ ...windowsOf(2)[0], reset: 56 }])
    expect((await recent.get('ben', read))[0]?.remaining).toBe(4)
  })

  test('keeps the numbers when they cannot be read again, and throws when there are none', async () => {
    const { clock, recent, remaining } = start()
    const failing = () => Promise.reject(new Error('no database'))
    await expect(recent.get('ana', failing)).rejects.toThrow('no database')
    expect(await remaining()).toBe(4)
    clock.ms = 6_000
    expect((await recent.get('ana', failing))[0]?.remaining).toBe(4)
    await Promise.resolve()
    await Promise.resolve()
    expect([await remaining(), await remaining()]).toEqual([4, 3])
  })
})
