import { expect, test } from 'vitest'
import { createSubscriptions } from './subscriptions.ts'

const never = new AbortController().signal

test('a subscription resolves on a change, also when the change came before `next`', async () => {
  const subscriptions = createSubscriptions(10, 10)
  const one = subscriptions.subscribe('g1', 'ana')
  const other = subscriptions.subscribe('g2', 'ben')
  subscriptions.changed(['g1'])
  await one?.next(60_000, never)
  const late = other?.next(60_000, never)
  subscriptions.changedAll()
  await late
})

test('where no change is notified, a subscription resolves after a while, because one may have happened', async () => {
  const subscription = createSubscriptions(10, 10, 5).subscribe('g1', 'ana')
  await subscription?.next(60_000, never)
  subscription?.end()
})

test('subscribe bounds all subscriptions and those of one person, and an ended one frees its place', () => {
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
