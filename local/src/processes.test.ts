import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Child,
  childReady,
  commandLineOf,
  endLeftoverProcess,
  logTail,
  startChild,
  stopChild,
} from './processes.ts'
import { until } from './until.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'processes-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
const node = async (script: string): Promise<Child> => {
  count += 1
  const logFile = join(folder, `${count}.log`)
  const child = await startChild({ name: 'child', command: process.execPath, args: ['-e', script], env: {}, logFile })
  await until(() => readFileSync(logFile, 'utf8').includes('up'), { what: 'the child', timeoutMs: 30_000 })
  return child
}

test('stopChild ends a child by the signal that it handles, and the log keeps its output', async () => {
  const child = await node(
    `process.on('SIGTERM', () => { console.log('bye'); process.exit(3) }); console.log('up'); setInterval(() => 0, 1e6)`,
  )
  expect(child.alive()).toBe(true)
  await stopChild(child, 'SIGTERM', 10_000)
  expect(await child.exited).toEqual({ code: 3, signal: null })
  expect(logTail(child.logFile, 1)).toBe('bye')
})

test('stopChild kills a child that ignores the signal after the grace time', async () => {
  const child = await node(`process.on('SIGTERM', () => 0); console.log('up'); setInterval(() => 0, 1e6)`)
  await stopChild(child, 'SIGTERM', 100)
  expect((await child.exited).signal).toBe('SIGKILL')
  expect(child.alive()).toBe(false)
})

test('childReady ends a child that does not become ready in time, and its error has the end of the log', async () => {
  const child = await node(`console.log('up'); setInterval(() => 0, 1e6)`)
  const waiting = childReady(child, { title: 'Something', isReady: () => false, timeoutMs: 100 })
  await expect(waiting).rejects.toThrow(/^the start of Something took longer than 0.1 s:\nup$/)
  expect(child.alive()).toBe(false)
})

test('childReady does not wait for a child that has ended', async () => {
  const child = await node(`console.log('up')`)
  await expect(childReady(child, { title: 'Something', isReady: () => false })).rejects.toThrow(
    /^Something did not start:\nup$/,
  )
})

test('startChild names the child in its error when the program does not exist', async () => {
  const missing = { name: 'ghost', command: '/nowhere/ghost', args: [], env: {}, logFile: join(folder, 'ghost.log') }
  await expect(startChild(missing)).rejects.toThrow(/cannot start ghost/)
})

test('endLeftoverProcess ends a process with the mark and leaves one without it running', async () => {
  const child = await node(`/* recto-mark */ console.log('up'); setInterval(() => 0, 1e6)`)
  expect(await endLeftoverProcess(child.pid, 'some-other-mark', ['SIGKILL'])).toBe(false)
  expect(child.alive()).toBe(true)
  expect(await endLeftoverProcess(child.pid, 'recto-mark', ['SIGTERM', 'SIGKILL'])).toBe(true)
  expect((await child.exited).signal).toBe('SIGTERM')
  expect(commandLineOf(child.pid)).toBeUndefined()
})
