import { expect, test } from 'vitest'
import { createWatch } from './watch.ts'

const never = new AbortController().signal

test('a change wakes those who wait for it, also when it came before they waited', async () => {
  const watch = createWatch(10, 10)
  const one = watch.subscribe('g1', 'ana')
  const other = watch.subscribe('g2', 'ben')
  watch.changed(['g1'])
  await one?.next(60_000, never)
  const late = other?.next(60_000, never)
  watch.changedAll()
  await late
})

test('one person takes no more places than a share, and an ended wait gives its place back', () => {
  const watch = createWatch(4, 2)
  const first = watch.subscribe('g1', 'ana')
  expect(watch.subscribe('g1', 'ana')).toBeDefined()
  expect(watch.subscribe('g1', 'ana')).toBeUndefined()
  expect(watch.subscribe('g1', 'ben')).toBeDefined()
  first?.end()
  expect(watch.subscribe('g2', 'ana')).toBeDefined()
  expect(watch.subscribe('g2', 'ben')).toBeDefined()
  expect(watch.subscribe('g2', 'cara')).toBeUndefined()
})
