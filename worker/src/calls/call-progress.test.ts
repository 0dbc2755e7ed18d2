import type { Statement } from '@recto/shared/database'
import { expect, test } from 'vitest'
import { createCallProgress } from './call-progress.ts'

/** Call progress over statements that the test ends. */
const slowly = () => {
  const sent: unknown[] = []
  const errors: unknown[] = []
  let under = Promise.withResolvers<void>()
  const note = createCallProgress(
    ({ values = [] }: Statement) => {
      sent.push(values.slice(0, 3))
      under = Promise.withResolvers<void>()
      return under.promise
    },
    (error) => errors.push(error),
    0,
  )
  const round = () => new Promise(setImmediate)
  return {
    note,
    identify: (id: string, requestId: string) => note(id, { requestId }),
    sent,
    errors,
    round,
    end: () => under.resolve(),
    fail: () => under.reject(new Error('the database is away')),
  }
}

test('createCallProgress writes ids of one turn of the event loop in one statement', async () => {
  const { identify, sent, round } = slowly()
  identify('call-1', 'gen-1')
  identify('call-2', 'gen-2')
  await round()
  expect(sent).toEqual([
    [
      ['call-1', 'call-2'],
      ['gen-1', 'gen-2'],
      [null, null],
    ],
  ])
})

test('createCallProgress writes ids that come during a statement together in the next one', async () => {
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
    [null, null],
  ])
})

test('createCallProgress reports a failed statement, and sends later ones', async () => {
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

test('createCallProgress writes the last estimate of a call beside its id', async () => {
  const { note, sent, round, end } = slowly()
  note('call-1', { estimatedUsd: '0.1' })
  await round()
  note('call-1', { requestId: 'gen-1' })
  note('call-1', { estimatedUsd: '0.2' })
  note('call-1', { estimatedUsd: '0.3' })
  end()
  await round()
  expect(sent[1]).toEqual([['call-1'], ['gen-1'], ['0.3']])
})
