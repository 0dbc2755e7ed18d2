import type { Statement } from '@recto/shared/database'
import { expect, test } from 'vitest'
import { createRequestIds } from './request-ids.ts'

/** Statements that end when the test says so. */
const slowly = () => {
  const sent: unknown[] = []
  const errors: unknown[] = []
  let under = Promise.withResolvers<void>()
  const identify = createRequestIds(
    ({ values = [] }: Statement) => {
      sent.push(values)
      under = Promise.withResolvers<void>()
      return under.promise
    },
    (error) => errors.push(error),
  )
  const round = () => new Promise(setImmediate)
  return {
    identify,
    sent,
    errors,
    round,
    end: () => under.resolve(),
    fail: () => under.reject(new Error('the database is away')),
  }
}

test('ids that come together are written by one statement', async () => {
  const { identify, sent, round } = slowly()
  identify('call-1', 'gen-1')
  identify('call-2', 'gen-2')
  await round()
  expect(sent).toEqual([
    [
      ['call-1', 'call-2'],
      ['gen-1', 'gen-2'],
    ],
  ])
})

test('those that come while a statement is under way share the next one', async () => {
  const { identify, sent, round, end } = slowly()
  identify('call-1', 'gen-1')
  await round()
  identify('call-2', 'gen-2')
  identify('call-3', 'gen-3')
  await round()
  expect(sent).toHaveLength(1)
  end()
  await round()
  expect(sent[1]).toEqual([
    ['call-2', 'call-3'],
    ['gen-2', 'gen-3'],
  ])
})

test('a statement that fails is told, and does not hold up those after it', async () => {
  const { identify, sent, errors, round, fail, end } = slowly()
  identify('call-1', 'gen-1')
  await round()
  identify('call-2', 'gen-2')
  fail()
  await round()
  expect([errors.length, sent.length]).toEqual([1, 2])
  end()
  await round()
  identify('call-3', 'gen-3')
  await round()
  expect(sent).toHaveLength(3)
})
