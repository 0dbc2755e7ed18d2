import type { Statement } from '@recto/shared/database'
import { expect, test } from 'vitest'
import { createRequestIds } from './request-ids.ts'

/** Request ids over statements that the test ends. */
const slowly = () => {
  const sent: unknown[] = []
  const errors: unknown[] = []
  let under = Promise.withResolvers<void>()
  const identify = createRequestIds(
    ({ values = [] }: Statement) => {
      sent.push(values.slice(0, 2))
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

test('createRequestIds writes ids of one turn of the event loop in one statement', async () => {
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

test('createRequestIds writes ids that come during a statement together in the next one', async () => {
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

test('createRequestIds reports a failed statement, and sends later ones', async () => {
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
