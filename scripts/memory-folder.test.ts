import { statfsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { memoryFolder } from '../tests/support/memory-folder.ts'

const GIB = 1024 ** 3
const [TMPFS, EXT4] = [0x01021994, 0xef53]

test.each([
  ['in memory with room', '/dev/shm', TMPFS, 8],
  ['in memory without room, as in a container', undefined, TMPFS, 1 / 16],
  ['on a disk', undefined, EXT4, 100],
])('memoryFolder, when /dev/shm is %s, answers %s', (_, folder, type, gib) => {
  expect(memoryFolder(() => ({ type, bsize: 4096, bavail: (gib * GIB) / 4096 }))).toBe(folder)
})

test('memoryFolder, when the machine has no /dev/shm, answers undefined', () => {
  expect(memoryFolder(() => statfsSync('/no/such/folder'))).toBeUndefined()
})
