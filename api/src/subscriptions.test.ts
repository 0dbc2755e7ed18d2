import { expect, test } from 'vitest'
import { createSubscriptions } from './subscriptions.ts'

const never = new AbortController().signal

test('a change wakes those who wait for it, also when it came before they waited', async () => {
  const subscriptions = createSubscriptions(10, 10)
  const one = subscriptions.subscribe('g1', 'ana')
  const other = subscriptions.subscribe('g2', 'ben')
  subscriptions.changed(['g1'])
  await one?.next(60_000, never)
  const late = other?.next(60_000, never)
  subscriptions.changedAll()
  await late
})

test('one person takes no more places than a share, and an ended wait gives its place back', () => {
  const subscriptions = createSubscriptions(4, 2)
  const first = subscriptions.subscribe('g1', 'ana')
  expect(subscriptions.subscribe('g1', 'ana')).toBeDefined()
  expect(subscriptions.subscribe('g1', 'ana')).toBeUndefined()
  expect(subscriptions.subscribe('g1', 'ben')).toBeDefined()
  first?.end()
  expect(subscriptions.subscribe('g2', 'ana')).toBeDefined()
  expect(subscriptions.subscribe('g2', 'ben')).toBeDefined()
  expect(subscriptions.subscribe('g2', 'cara')).toBeUndefined()
})
