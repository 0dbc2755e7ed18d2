import { expect, test } from 'vitest'
import { DIRECTORY_OVERLAP_MS } from '../deadlines.ts'
import { createDirectory, type DirectoryRow, type DirectorySource, PAGE } from './directory.ts'

const row = (account_id: string, cell: string, second: number, moving = false, hoursAgo = 0): DirectoryRow => ({
  account_id,
  cell,
  moving,
  introduced: true,
  changed_at: `2026-11-29T${12 - hoursAgo}:10:${`${second}`.padStart(2, '0')}.000000Z`,
})
const keyOf = ({ changed_at, account_id }: Pick<DirectoryRow, 'changed_at' | 'account_id'>) =>
  changed_at === '-infinity' ? '' : `${changed_at} ${account_id}`

/** A home cell with these rows. `read`: how many rows each refresh has read. */
const world = (
  rows: DirectoryRow[],
  { isDown = () => false, kept = 100_000 }: { isDown?: () => boolean; kept?: number } = {},
) => {
  let time = 0
  let count = 0
  const source: DirectorySource = {
    findStart: async (most) => rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1))[most],
    readPage: async (behind) => {
      if (isDown()) throw new Error('down')
      const sorted = rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      const page = sorted.filter((one) => keyOf(one) > keyOf(behind)).slice(0, PAGE)
      count += page.length
      return page
    },
  }
  const directory = createDirectory(source, () => time, kept)
  /** Reads what has changed, so long after the last time. Returns how many rows were read. */
  const refresh = async (laterMs = 1_000): Promise<number> => {
    time += laterMs
    count = 0
    await directory.refresh()
    return count
  }
  return { ...directory, refresh }
}

test('a directory that was never read knows nobody', () => {
  expect(world([row('ann', 'b', 5)]).placeOf('ann')).toBeUndefined()
})

test('a change is known after the next read, and a commit that comes behind later changes too', async () => {
  const rows = [row('ann', 'b', 5)]
  const { refresh, placeOf } = world(rows)
  await refresh()
  expect(placeOf('ann')).toEqual({ cell: 'b', moving: false, introduced: true })
  rows.splice(0, 1, row('ann', 'home', 57, true))
  await refresh()
  expect(placeOf('ann')).toEqual({ cell: 'home', moving: true, introduced: true })
  rows.push(row('bea', 'c', 6))
  await refresh(DIRECTORY_OVERLAP_MS - 1)
  expect(placeOf('bea')?.cell).toBe('c')
})

test('what no commit can come behind any more is not read again, however much it is', async () => {
  const rows = Array.from({ length: 50 }, (_, n) => row(`person ${n}`, 'b', 5))
  const { refresh } = world(rows)
  expect([await refresh(), await refresh()]).toEqual([50, 50])
  expect([await refresh(DIRECTORY_OVERLAP_MS), await refresh()]).toEqual([50, 0])
  rows.push(row('ann', 'b', 6))
  expect([await refresh(), await refresh()]).toEqual([1, 51])
})

test('a read soon after the first one begins shortly before the last change', async () => {
  const { refresh } = world([row('ann', 'b', 5, false, 1), row('bea', 'b', 5)])
  expect([await refresh(), await refresh()]).toEqual([2, 1])
})

test('a directory of several pages is read to its end', async () => {
  const { refresh, placeOf } = world(Array.from({ length: PAGE + 1 }, (_, n) => row(`person ${n}`, 'b', 5)))
  expect(await refresh()).toBe(PAGE + 1)
  expect([placeOf('person 0')?.cell, placeOf(`person ${PAGE}`)?.cell]).toEqual(['b', 'b'])
})

test('of more rows than are kept, only the newest are read', async () => {
  const newest = Array.from({ length: 100 }, (_, n) => row(`person ${n}`, 'b', 5))
  const { refresh, placeOf } = world([row('long ago', 'b', 4), ...newest], { kept: 100 })
  expect(await refresh()).toBe(100)
  expect([placeOf('long ago'), placeOf('person 0')?.cell, placeOf('person 99')?.cell]).toEqual([undefined, 'b', 'b'])
})

test('while the directory cannot be read, what was read stays in use', async () => {
  let isDown = false
  const { refresh, placeOf } = world([row('ann', 'b', 5)], { isDown: () => isDown })
  await refresh()
  isDown = true
  await expect(refresh()).rejects.toThrow('down')
  expect(placeOf('ann')).toEqual({ cell: 'b', moving: false, introduced: true })
})
