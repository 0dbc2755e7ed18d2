import { expect, test } from 'vitest'
import { exampleGeneration } from '../testing/example-generation.ts'
import { answerOf, batchReads, type Read, type Wanted } from './batch-reads.ts'

const callerOf = (userId: string) => ({ userId, claims: JSON.stringify({ sub: userId }), expiresAt: 0 })

const rowOf = (reader: string, id: string): Read => ({
  ...exampleGeneration,
  error: null,
  reader,
  id,
  waiting: null,
})

test('answerOf puts into ai_metadata why and where a generation waits for a place, with ISO 8601 times', () => {
  const waiting = { since: '2026-11-28T04:59:59+00:00', until: '2026-11-28T05:00:01.5+00:00', place: 3 }
  const row = { ...rowOf('ana', 'g1'), ai_metadata: { model: 'm' }, waiting }
  expect(answerOf(row)).toEqual({
    ...exampleGeneration,
    id: 'g1',
    ai_metadata: {
      model: 'm',
      waiting: {
        reason: 'concurrency',
        since: '2026-11-28T04:59:59.000000Z',
        until: '2026-11-28T05:00:01.500000Z',
        place: 3,
      },
    },
  })
})

const [ana, ben] = [callerOf('ana'), callerOf('ben')]

/** A database in which g1 is Ana's and g2 Ben's. The test ends each batch by calling its gate. */
const start = () => {
  const batches: Wanted[][] = []
  const gates: (() => void)[] = []
  const find = batchReads(async (wanted) => {
    batches.push(wanted)
    await new Promise<void>((resolve) => gates.push(resolve))
    return wanted
      .filter(({ caller, id }) => (id === 'g1' ? caller === ana : caller === ben))
      .map(({ caller, id }) => rowOf(caller.userId, id))
  })
  const round = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)))
  return { find, batches, gates, round }
}

test('batchReads sends reads of one moment as one statement, and answers each caller only with their own row', async () => {
  const { find, batches, gates, round } = start()
  const reads = [find(ana, 'g1'), find(ben, 'g1'), find(ben, 'g2'), find(ana, 'g2'), find(ana, 'g1')]
  await round()
  expect(batches.map((batch) => batch.length)).toEqual([4])
  for (const open of gates) open()
  const answers = await Promise.all(reads)
  expect(answers.map((answer) => answer?.id)).toEqual(['g1', undefined, 'g2', undefined, 'g1'])
  expect(answers[0]).toEqual({ ...exampleGeneration, id: 'g1' })
})

test('batchReads sends reads that come during a statement together in the next one', async () => {
  const { find, batches, gates, round } = start()
  const first = find(ana, 'g1')
  await round()
  const later = [find(ana, 'g1'), find(ben, 'g1'), find(ben, 'g2')]
  await round()
  expect(batches.map((batch) => batch.length)).toEqual([1])
  gates[0]?.()
  await first
  await round()
  expect(batches.map((batch) => batch.length)).toEqual([1, 3])
  gates[1]?.()
  expect((await Promise.all(later)).map((answer) => answer?.id)).toEqual(['g1', undefined, 'g2'])
})

test('batchReads rejects all reads when each of them fails, and sends later reads in a new statement', async () => {
  let down = true
  const find = batchReads(async (wanted) => {
    if (down) throw new Error('connection refused')
    return wanted.map(({ caller, id }) => rowOf(caller.userId, id))
  })
  const reads = [find(ana, 'g1'), find(ben, 'g2')]
  for (const read of reads) await expect(read).rejects.toThrow('refused')
  down = false
  expect((await find(ana, 'g1'))?.id).toBe('g1')
})

const unstorable = Object.assign(new Error('unsupported Unicode escape sequence'), { code: '22P05' })

test.each([
  ['among two', 2, [1]],
  ['the first of seven', 7, [0]],
  ['two of a hundred', 100, [13, 64]],
  ['all of five', 5, [0, 1, 2, 3, 4]],
])('batchReads rejects only the reads that fail by themselves: %s', async (_, many, bad) => {
  const sizes: number[] = []
  const find = batchReads(async (wanted) => {
    sizes.push(wanted.length)
    if (wanted.some(({ id }) => bad.includes(Number(id)))) throw unstorable
    return wanted.map(({ caller, id }) => rowOf(caller.userId, id))
  })
  const people = Array.from({ length: many }, (_, n) => callerOf(`person${n}`))
  const answers = await Promise.allSettled(people.map((person, n) => find(person, `${n}`)))
  for (const [n, answer] of answers.entries())
    expect(answer).toMatchObject(bad.includes(n) ? { reason: unstorable } : { value: { id: `${n}` } })
  // Halves find a bad read in logarithmic time.
  expect(sizes.length).toBeLessThanOrEqual(1 + bad.length * 2 * Math.ceil(Math.log2(many)))
})

test('batchReads sends a batch once when the database cannot be reached', async () => {
  let statements = 0
  const find = batchReads(async () => {
    statements++
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  })
  const answers = await Promise.allSettled(['g1', 'g2', 'g3'].map((id) => find(ana, id)))
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(statements).toBe(1)
})

test('batchReads answers both of two people who may see one generation', async () => {
  const find = batchReads(async (wanted) => wanted.map(({ caller, id }) => rowOf(caller.userId, id)))
  expect((await find(ana, 'g1'))?.id).toBe('g1')
  expect((await find(ben, 'g1'))?.id).toBe('g1')
})
