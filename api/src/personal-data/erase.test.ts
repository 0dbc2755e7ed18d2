import pg from 'pg'
import { expect, it } from 'vitest'
import type { WriteAs } from '../db/write-as.ts'
import { erase } from './erase.ts'

const actor = { caller: { userId: 'ann', claims: '{}', expiresAt: 0 }, requestId: 'r' }
const deadlock = Object.assign(new pg.DatabaseError('deadlock detected', 0, 'error'), { code: '40P01' })

/** A database of `generations`, in which the first `deadlocks` batches fail by a deadlock. */
const setUp = (generations: number, deadlocks: number) => {
  const seen = { begun: 0, removed: 0, notified: [] as string[] }
  let [left, failing] = [generations, deadlocks]
  const query = async ({ name, values }: { name: string; values?: unknown[] }) => {
    if (name === 'begin_erasure') seen.begun++
    if (name !== 'continue_erasure') return { rows: [] }
    if (failing-- > 0) throw deadlock
    const count = Math.min(left, Number(values?.[0]))
    left -= count
    const erased = Array.from({ length: count }, (_, n) => `g${left + n}`)
    return { rows: [{ erased, live: erased.filter((id) => id === 'g0'), is_over: left === 0 }] }
  }
  const writeAs = ((_actor, _scope, work) => work({ query } as never)) as WriteAs
  const remove = async (ids: string | string[]) => {
    seen.removed += ids.length
  }
  const run = erase({ writeAs, jobs: { remove }, notifyStatus: (id) => seen.notified.push(id ?? '') })
  return { run: () => run(actor), seen, left: () => left }
}

it('erase begins and deletes batches until nothing is left, and notifies of live generations', async () => {
  const { run, seen, left } = setUp(450, 0)
  await run()
  expect([left(), seen]).toEqual([0, { begun: 3, removed: 450, notified: ['g0'] }])
})

it('erase repeats a batch after a deadlock, at most twice', async () => {
  const { run, left } = setUp(10, 2)
  await run()
  expect(left()).toBe(0)
  await expect(setUp(10, 3).run()).rejects.toBe(deadlock)
})
