import { expect, test, vi } from 'vitest'
import { createDirectory, type DirectoryRow, PAGE, type ReadDirectory } from './directory.ts'

const row = (account_id: string, cell: string, second: number, moving = false): DirectoryRow => ({
  account_id,
  cell,
  moving,
  introduced: true,
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
  const read = vi.fn<ReadDirectory>(async ({ changed_at }) =>
    changed_at === '-infinity' ? [row('ann', 'b', 5)] : [row('ann', 'home', 7, true)],
  )
  const directory = createDirectory(read, () => undefined)
  await directory.refresh()
  expect(directory.placeOf('ann')).toEqual({ cell: 'b', moving: false, introduced: true })
  await directory.refresh()
  expect(read.mock.calls.map(([{ changed_at }]) => changed_at)).toEqual(['-infinity', '2026-11-29T12:09:05.000Z'])
  expect(directory.placeOf('ann')).toEqual({ cell: 'home', moving: true, introduced: true })
})

test('a directory of many rows is read page by page', async () => {
  const rows = Array.from({ length: PAGE + 1 }, (_, n) => row(`person ${n}`, 'b', 5))
  const read: ReadDirectory = async ({ account_id }) => {
    const start = rows.findIndex((one) => one.account_id === account_id) + 1
    return rows.slice(start, start + PAGE)
  }
  const directory = createDirectory(read, () => undefined)
  await directory.refresh()
  expect([directory.placeOf('person 0')?.cell, directory.placeOf(`person ${PAGE}`)?.cell]).toEqual(['b', 'b'])
})

test('while the directory cannot be read, what was read stays in use', async () => {
  const answers = [() => [row('ann', 'b', 5)], () => Promise.reject(new Error('down'))]
  const directory = createDirectory(
    async () => (answers.shift() ?? (() => []))(),
    () => undefined,
  )
  await directory.refresh()
  await expect(directory.refresh()).rejects.toThrow('down')
  expect([directory.isLoaded(), directory.placeOf('ann')]).toEqual([
    true,
    { cell: 'b', moving: false, introduced: true },
  ])
})
