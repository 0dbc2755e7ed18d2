import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
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

test('of many processes that find the lock of one that has ended, one at a time holds it', async () => {
  writeFileSync(file, String(2 ** 22 + 1))
  const log = `${file}.log`
  const code = `
    import { appendFileSync } from 'node:fs'
    import { tryLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
    for (let taken = 0; taken < 200; ) {
      const attempt = tryLock(${JSON.stringify(file)})
      if (!('release' in attempt)) continue
      taken++
      appendFileSync(${JSON.stringify(log)}, '(')
      appendFileSync(${JSON.stringify(log)}, ')')
      attempt.release()
    }`
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code])
  await Promise.all(Array.from({ length: 4 }, run))
  expect(readFileSync(log, 'utf8')).toBe('()'.repeat(800))
}, 30_000)
