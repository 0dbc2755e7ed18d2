import { expect, test, vi } from 'vitest'
import { createDirectory, type DirectoryRow } from './directory.ts'

const row = (account_id: string, cell: string, second: number, moving = false): DirectoryRow => ({
  account_id,
  cell,
  moving,
  changed_at: `2026-11-29T12:10:0${second}.000000Z`,
})

test('a directory that was never read knows nobody, and says so', () => {
  const directory = createDirectory(
    async () => [],
    () => undefined,
  )
  expect([directory.isLoaded(), directory.placeOf('ann')]).toEqual([false, undefined])
})

test('after the first read only what changed is asked for, and some time before that', async () => {
  const read = vi.fn(async (since: string | null) =>
    since === null ? [row('ann', 'b', 5)] : [row('ann', 'home', 7, true)],
  )
  const directory = createDirectory(read, () => undefined)
  await directory.refresh()
  expect(directory.placeOf('ann')).toEqual({ cell: 'b', moving: false })
  await directory.refresh()
  expect(read.mock.calls).toEqual([[null], ['2026-11-29T12:09:05.000Z']])
  expect(directory.placeOf('ann')).toEqual({ cell: 'home', moving: true })
})

test('while the directory cannot be read, what was read stays in use', async () => {
  const answers = [() => [row('ann', 'b', 5)], () => Promise.reject(new Error('down'))]
  const directory = createDirectory(
    async () => (answers.shift() ?? (() => []))(),
    () => undefined,
  )
  await directory.refresh()
  await expect(directory.refresh()).rejects.toThrow('down')
  expect([directory.isLoaded(), directory.placeOf('ann')]).toEqual([true, { cell: 'b', moving: false }])
})
