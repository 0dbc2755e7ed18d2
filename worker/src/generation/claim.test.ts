import type { Statement } from '@recto/shared/database'
import { expect, it } from 'vitest'
import type { Job } from '../queue/jobs.ts'
import { exampleJob } from '../testing/example-run.ts'
import { type Claimed, createClaim } from './claim.ts'

const job = (id: string, more: Partial<Job> = {}): Job => ({ ...exampleJob, id, ...more })

const row = (id: string): Claimed => ({
  id,
  user_id: 'u',
  account_id: 'u',
  request_id: null,
  trace_id: null,
  kind: 'flashcards',
  source_text: '',
  input: null,
  model: '',
  prompt_version: '',
  options: {},
  data_residency: 'any',
  account_policy: null,
  attempts: 1,
  unusable_answers: 0,
  failed_calls: 0,
  waited_ms: 0,
})

/** A database that leaves `locked` out of statements for several, and knows no generation called `gone`. */
const database = (locked: string[] = []) => {
  const sent: { name: string; ids: string[] }[] = []
  const query = async ({ name, values = [] }: Statement) => {
    const ids = [values[0]].flat().map(String)
    sent.push({ name, ids })
    const free = ids.filter((id) => id !== 'gone' && !(name === 'claim_many' && locked.includes(id)))
    return { rows: free.map(row), rowCount: free.length }
  }
  return { sent, claim: createClaim(query) }
}

it('claim of one generation is one statement', async () => {
  const { sent, claim } = database()
  expect(await claim(job('a'))).toEqual(row('a'))
  expect(sent).toEqual([{ name: 'claim', ids: ['a'] }])
})

it('claims that meet share a statement, and each gets its own row', async () => {
  const { sent, claim } = database()
  expect(await Promise.all(['a', 'b', 'c'].map((id) => claim(job(id))))).toEqual(['a', 'b', 'c'].map(row))
  expect(sent).toEqual([{ name: 'claim_many', ids: ['a', 'b', 'c'] }])
})

it('claim that a shared statement left out is repeated alone', async () => {
  const { sent, claim } = database(['b'])
  const ids = ['a', 'b', 'gone']
  expect(await Promise.all(ids.map((id) => claim(job(id))))).toEqual([row('a'), row('b'), undefined])
  expect(sent.slice(1)).toEqual([
    { name: 'claim', ids: ['b'] },
    { name: 'claim', ids: ['gone'] },
  ])
})

it('claims of two deliveries of one job are separate statements', async () => {
  const { sent, claim } = database()
  await Promise.all([claim(job('a')), claim(job('a', { deliveredAt: '2026-11-21T03:00:10.000Z' }))])
  expect(sent.map(({ ids }) => ids)).toEqual([['a'], ['a']])
})

it('claim whose row has another form rejects, and does not take along the others of its statement', async () => {
  const claim = createClaim(async () => ({ rows: [row('a'), { ...row('b'), attempts: 'two' }, row('c')], rowCount: 3 }))
  const ended = await Promise.allSettled(['a', 'b', 'c', 'd'].map((id) => claim(job(id))))
  expect(ended.slice(0, 3)).toMatchObject([
    { status: 'fulfilled', value: row('a') },
    { status: 'rejected' },
    { status: 'fulfilled', value: row('c') },
  ])
})

it('claims all reject when their shared statement fails', async () => {
  const claim = createClaim(() => Promise.reject(new Error('gone')))
  const ended = await Promise.allSettled([claim(job('a')), claim(job('b'))])
  expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
