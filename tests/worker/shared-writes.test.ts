import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Run } from '../../worker/src/generation/run.ts'
import type { Store } from '../../worker/src/generation/store.ts'
import { BudgetExceeded } from '../../worker/src/llm/errors/budget-exceeded.ts'
import { calls } from '../support/generations.ts'
import { lockRow } from '../support/lock-row.ts'
import { givePlan } from '../support/plan.ts'
import type { System } from '../support/system.ts'
import { startWorkerParts, type WorkerParts } from '../support/worker-parts.ts'
import { createDeliveries, type Delivered, type Deliveries, resultOf } from './deliveries.ts'

let parts: WorkerParts
let system: System
let store: Store
let deliveries: Deliveries
beforeAll(async () => {
  parts = await startWorkerParts()
  ;({ system, store } = parts)
  deliveries = createDeliveries(parts)
})
beforeEach(() => system.admin.query('delete from pgboss.job'))
afterAll(() => parts?.stop())

const failure = {
  ...({
    code: 'no_usable_cards',
    message: '',
    retryable: true,
    attempts: 1,
    provider: null,
    http_status: null,
  } as const),
  ...{ provider_request_id: null, response_excerpt: null, timing: {} },
}
const wait = { reason: 'retry', delaySeconds: 3600 } as const
const used = { tokens: 34, costUsd: '0.0123' }

describe('calls that start together', () => {
  test('all start beside one that the budget denies, and one of a run that has lost its fence', async () => {
    const runs = (await deliveries.claim(4)).map(({ run }) => run)
    const [, denied, lost] = runs
    await givePlan(system, denied?.accountId ?? '', { monthly_budget_usd: '0.4' })
    await system.admin.query('update public.ai_generations set attempts = 2 where id = $1', [lost?.id])
    const gone: Run[] = []
    const started = await Promise.allSettled(
      runs.map((run) => deliveries.start(deliveries.recorderOf(run, (one) => gone.push(one)))),
    )
    expect(started.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(started[1]).toMatchObject({ reason: { neededUsd: '0.5', hopeless: true } })
    expect(started[1]).toHaveProperty('reason', expect.any(BudgetExceeded))
    expect(gone).toEqual([lost])
    const counts = await Promise.all(runs.map(async ({ id }) => (await calls(system, id)).length))
    expect(counts).toEqual([1, 0, 0, 1])
  })

  test('do not wait for one of which somebody else has locked the spending of its account', async () => {
    const runs = (await deliveries.claim(3)).map(({ run }) => run)
    const [locked] = runs
    if (!locked) throw new Error('nothing was claimed')
    // The first calls make the rows of spending.
    await Promise.all(runs.map((run) => deliveries.start(deliveries.recorderOf(run))))
    const lock = await lockRow(system, 'select from recto.spending where account_id = $1 for update', [
      locked.accountId,
    ])
    const started = runs.map((run) => deliveries.start(deliveries.recorderOf(run)))
    await Promise.all(started.slice(1))
    expect(await calls(system, locked.id)).toHaveLength(1)
    await lock.release()
    await started[0]
    expect(await calls(system, locked.id)).toHaveLength(2)
  })

  test('of one account reserve their sum, or as many as fit into its budget', async () => {
    const person = await system.person()
    await givePlan(system, person.id, { monthly_budget_usd: '1.2' })
    for (let n = 0; n < 3; n++) await parts.submitter.submit(person)
    const runs = (await parts.take(3)).flatMap(({ run }) => run ?? [])
    const started = await Promise.allSettled(runs.map((run) => deliveries.start(deliveries.recorderOf(run))))
    expect(started.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(started[2]).toMatchObject({ reason: { hopeless: false, final: false } })
    expect(await deliveries.spendingOf(runs[0]?.id ?? '')).toEqual({ spent: '0', reserved: '1' })
  })
})

describe('a result of a generation that was cancelled meanwhile', () => {
  const said = { message: { role: 'assistant', content: 'Hello.' }, finish: 'complete' }
  const cancelled = async (more: { attempts?: number; input?: null } = {}) => {
    const [delivered] = await deliveries.deliver(1)
    if (!delivered) throw new Error('nothing was delivered')
    const { attempts = delivered.run.attempt, input = { messages: [] } } = more
    await system.admin.query(
      `update public.ai_generations set kind = 'chat', source_text = null, input = $2, attempts = $3, status = 'cancelled',
        finished_at = now() where id = $1`,
      [delivered.run.id, input, attempts],
    )
    return delivered
  }
  const outputOf = async ({ run }: Delivered): Promise<unknown> => {
    const { rows } = await system.admin.query('select status, output from public.ai_generations where id = $1', [
      run.id,
    ])
    return rows[0]
  }

  test('stays as what was said, and the generation stays cancelled', async () => {
    const committed = await cancelled()
    const result = { ...resultOf([]), usable: true, output: said, said }
    expect(await store.commit(committed.run, committed.job, result, {}, null)).toBeNull()
    expect(await outputOf(committed)).toEqual({ status: 'cancelled', output: said })
    const abandoned = await cancelled()
    await store.abandon(abandoned.run, abandoned.job, said)
    expect(await outputOf(abandoned)).toEqual({ status: 'cancelled', output: said })
  })

  test('is dropped when its kind keeps nothing, another attempt has run, or its input is gone', async () => {
    const plain = await cancelled()
    await store.commit(plain.run, plain.job, { ...resultOf([]), usable: true, output: said }, {}, null)
    const later = await cancelled({ attempts: 2 })
    await store.abandon(later.run, later.job, said)
    const forgotten = await cancelled({ input: null })
    await store.abandon(forgotten.run, forgotten.job, said)
    for (const one of [plain, later, forgotten])
      expect(await outputOf(one)).toEqual({ status: 'cancelled', output: null })
  })
})

describe('the call that answered a run', () => {
  const ends: [string, (delivered: Delivered) => Promise<unknown>, string, string[]][] = [
    ['succeeds', (delivered) => deliveries.commit(delivered), 'succeeded', []],
    ['fails', ({ run, job }) => store.fail(run, job, failure, {}), 'failed', []],
    ['is tried again', ({ run, job }) => store.retry(run, job, wait), 'pending', ['retry']],
    ['is handed back', ({ run, job }) => store.release(run, job), 'pending', ['created']],
    ['is deferred', ({ run, job }) => store.defer(run, job, wait), 'pending', ['created']],
    ['is abandoned', ({ run, job }) => store.abandon(run, job, null), 'running', []],
  ]

  test.each(ends)('is written with its cost when the run %s', async (_, end, status, states) => {
    const [delivered] = await deliveries.deliver(1)
    if (!delivered) throw new Error('nothing was delivered')
    const { id } = delivered.run
    expect((await calls(system, id))[0]).toMatchObject({ outcome: null })
    await end(delivered)
    expect(await deliveries.rowsOf(id)).toMatchObject({
      row: { status, cost_usd: '0.0123', tokens_input: 30 },
      call: { outcome: 'ok', cost_usd: '0.0123' },
      states,
    })
    expect(await deliveries.spendingOf(id)).toEqual({ spent: '0.0123', reserved: '0' })
  })
})

describe('runs that end together', () => {
  test('all end in one transaction, each with its own results', async () => {
    const delivered = await deliveries.deliver(5)
    expect(await Promise.all(delivered.map((one) => deliveries.commit(one)))).toEqual(Array(5).fill(used))
    for (const { run } of delivered)
      expect(await deliveries.rowsOf(run.id)).toMatchObject({ row: { status: 'succeeded' }, cards: 1, states: [] })
    const { rows } = await system.admin.query(
      'select count(distinct xmin::text)::integer as transactions from public.ai_generations where id = any ($1)',
      [delivered.map(({ run }) => run.id)],
    )
    expect(rows).toEqual([{ transactions: 1 }])
  })

  test('each end well beside one whose results the database refuses, which fails with its own error', async () => {
    const delivered = await deliveries.deliver(4)
    const ended = await Promise.allSettled(
      delivered.map((one, n) => deliveries.commit(one, n === 1 ? ['same', 'same'] : ['own'])),
    )
    expect(ended[1]).toMatchObject({ status: 'rejected', reason: { code: '23505' } })
    for (const [n, { run }] of delivered.entries()) {
      if (n === 1)
        expect(await deliveries.rowsOf(run.id)).toMatchObject({ row: { status: 'running' }, states: ['active'] })
      else expect(await deliveries.rowsOf(run.id)).toMatchObject({ row: { status: 'succeeded' }, cards: 1, states: [] })
    }
    const [, poisoned] = delivered
    if (poisoned) await store.fail(poisoned.run, poisoned.job, failure, {})
    expect(await deliveries.rowsOf(poisoned?.run.id ?? '')).toMatchObject({
      row: { status: 'failed', cost_usd: '0.0123' },
    })
  })

  test.each([
    ['its generation', 'select from public.ai_generations where id = $1 for no key update'],
    ['the spending of its account', 'select from recto.spending where account_id = $1 for update'],
    ['its job', 'select from pgboss.job where id = $1 for update'],
  ])('do not wait for one of which somebody else has locked %s', async (_, text) => {
    const delivered = await deliveries.deliver(3)
    const [locked, ...others] = delivered
    if (!locked) throw new Error('nothing was delivered')
    const lock = await lockRow(system, text, [text.includes('account_id') ? locked.run.accountId : locked.run.id])
    const ends = delivered.map((one) => deliveries.commit(one))
    expect(await Promise.all(ends.slice(1))).toEqual([used, used])
    for (const { run } of others)
      expect(await deliveries.rowsOf(run.id)).toMatchObject({ row: { status: 'succeeded' }, cards: 1 })
    expect(await deliveries.rowsOf(locked.run.id)).toMatchObject({
      row: { status: 'running' },
      cards: 0,
      states: ['active'],
    })
    await lock.release()
    expect(await ends[0]).toEqual(used)
    expect(await deliveries.rowsOf(locked.run.id)).toMatchObject({ row: { status: 'succeeded' }, cards: 1, states: [] })
  })

  test('of two deliveries of one generation, only the newer one ends it', async () => {
    const [first] = await deliveries.deliver(1)
    if (!first) throw new Error('nothing was delivered')
    await system.admin.query(`update pgboss.job set state = 'retry' where id = $1`, [first.run.id])
    await new Promise((resolve) => setTimeout(resolve, 5))
    const [job] = await parts.take(1)
    const run = job?.run
    if (!job || !run) throw new Error('nothing was claimed')
    expect(
      await Promise.all([deliveries.commit(first, ['older']), deliveries.commit({ run, job }, ['newer'])]),
    ).toEqual([null, used])
    expect(await deliveries.rowsOf(run.id)).toMatchObject({
      row: { status: 'succeeded', attempts: 2 },
      cards: 1,
      states: [],
    })
    const text = 'select fingerprint from public.ai_suggestions where generation_id = $1'
    expect((await system.admin.query(text, [run.id])).rows).toEqual([{ fingerprint: 'newer' }])
  })
})
