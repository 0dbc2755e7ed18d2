import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockHolder, tryLock, withLock } from './lock.ts'

let file: string
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), 'lock-')), 'lock')
})
afterEach(() => rmSync(join(file, '..'), { recursive: true }))

test('tryLock gives a lock to one holder until it is released', () => {
  const first = tryLock(file)
  expect(tryLock(file)).toEqual({ heldBy: process.pid })
  if ('release' in first) first.release()
  expect(lockHolder(file)).toBeUndefined()
  expect(tryLock(file)).toHaveProperty('release')
})

test('tryLock takes over a lock whose holder has ended, or whose pid is not a Node process', () => {
  for (const pid of [2 ** 22 + 1, 1]) {
    writeFileSync(file, String(pid))
    expect(tryLock(file)).toHaveProperty('release')
    expect(readFileSync(file, 'utf8')).toBe(String(process.pid))
  }
})

test('lockHolder ignores a lock with its own pid that is older than its process', () => {
  writeFileSync(file, String(process.pid))
  utimesSync(file, new Date(0), new Date(0))
  expect(lockHolder(file)).toBeUndefined()
})

test('withLock runs work one at a time and releases the lock when work fails', async () => {
  let inside = 0
  const work = (fail: boolean) =>
    withLock(file, 5_000, async () => {
      inside += 1
      await new Promise(setImmediate)
      expect(inside).toBe(1)
      inside -= 1
      if (fail) throw new Error('on purpose')
    })
  const results = await Promise.allSettled([work(false), work(true), work(false)])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(lockHolder(file)).toBeUndefined()
})
