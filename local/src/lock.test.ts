import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockHolder, tryLock, withLock } from './lock.ts'

const lockModule = new URL('./lock.ts', import.meta.url).href

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

test('a lock whose holder was killed is free, and its next holder is the one that is named', async () => {
  const code = `
    import { tryLock } from ${JSON.stringify(lockModule)}
    tryLock(${JSON.stringify(file)})
    process.stdout.write('held')
    setInterval(() => gc?.(), 10)`
  const holder = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  expect(lockHolder(file)).toBe(holder.pid)
  expect(tryLock(file)).toEqual({ heldBy: holder.pid })
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  expect(lockHolder(file)).toBeUndefined()
  expect(tryLock(file)).toHaveProperty('release')
  expect(lockHolder(file)).toBe(process.pid)
})

test('lockHolder of a folder in which nothing ever ran makes no file', () => {
  expect(lockHolder(file)).toBeUndefined()
  expect(existsSync(file)).toBe(false)
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

test('of many processes that want the lock, some of them killed while they hold it, one at a time holds it', async () => {
  const log = `${file}.log`
  writeFileSync(log, '')
  // Each process appends two entries while it holds the lock. Two of four are killed after the second.
  const code = `
    import { appendFileSync } from 'node:fs'
    import { lockHolder, tryLock } from ${JSON.stringify(lockModule)}
    for (let taken = 0; taken < 100; ) {
      lockHolder(${JSON.stringify(file)})
      const attempt = tryLock(${JSON.stringify(file)})
      if (!('release' in attempt)) continue
      const last = ++taken === Number(process.argv[1])
      appendFileSync(${JSON.stringify(log)}, process.pid + ' ')
      appendFileSync(${JSON.stringify(log)}, process.pid + (last ? ' killed' : '') + '\\n')
      if (last) process.kill(process.pid, 'SIGKILL')
      attempt.release()
    }`
  const run = (killedAt: number) =>
    new Promise((done) => execFile(process.execPath, ['--input-type=module', '--eval', code, String(killedAt)], done))
  await Promise.all([0, 0, 30, 60].map(run))
  const turns = readFileSync(log, 'utf8').split('\n').filter(Boolean)
  const broken = turns.filter((turn) => !/^(\d+) \1( killed)?$/.test(turn))
  expect(broken).toEqual([])
  expect(turns.filter((turn) => turn.endsWith(' killed'))).toHaveLength(2)
  expect(turns).toHaveLength(2 * 100 + 30 + 60)
})
