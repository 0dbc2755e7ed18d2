import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CallRecorderDeps, createCallRecorder } from '../../worker/src/calls/call-recorder.ts'
import type { Run } from '../../worker/src/generation/run.ts'
import type { Store } from '../../worker/src/generation/store.ts'
import { flashcards } from '../../worker/src/kinds/flashcards/kind.ts'
import { BudgetExceeded } from '../../worker/src/llm/errors/budget-exceeded.ts'
import type { CallRecorder } from '../../worker/src/llm/request.ts'
import type { Job } from '../../worker/src/queue/jobs.ts'
import { exampleRoute } from '../../worker/src/testing/example-route.ts'
import { calls, generation, jobs as jobsOf, suggestions } from '../support/generations.ts'
import { lockRow } from '../support/lock-row.ts'
import { givePlan } from '../support/plan.ts'
import type { System } from '../support/system.ts'
import { startWorkerParts, type WorkerParts } from '../support/worker-parts.ts'

let parts: WorkerParts
let system: System
let store: Store
let recording: CallRecorderDeps
beforeAll(async () => {
  parts = await startWorkerParts()
  ;({ system, store, recording } = parts)
})
beforeEach(() => system.admin.query('delete from pgboss.job'))
afterAll(() => parts?.stop())

type Delivered = { run: Run; job: Job }

/** Runs of several people. */
const claim = async (count: number): Promise<Delivered[]> => {
  for (let n = 0; n < count; n++) await parts.submitter.submit(await system.person())
  return (await parts.take(count)).flatMap((job) => (job.run ? [{ run: job.run, job }] : []))
}

/** The same, each with one call that has answered and is not written yet. */
const deliver = async (count: number): Promise<Delivered[]> => {
  const delivered = await claim(count)
  await Promise.all(delivered.map(({ run }) => answerCall(run)))
  return delivered
}

/** Starts a call of each run. Those that `gone` gets have lost their fence. */
const recorderOf = (run: Run, gone: (run: Run) => void = () => undefined) =>
  createCallRecorder(recording, { purpose: 'generation', ...run }, 'any', () => gone(run))

const start = (recorder: CallRecorder) =>
  recorder.start({
    ...{ route: exampleRoute({}), keyFingerprint: 'key' },
    ...{ reservedUsd: '0.5', estimatedUsd: '0.01', hedge: false },
  })

const answerCall = async (run: Run): Promise<void> => {
  const recorder = recorderOf(run)
  const id = await start(recorder)
  const usage = { tokensInput: 30, tokensOutput: 4, tokensReasoning: null, tokensCached: null }
  await recorder.finish(id, {
    ...{ outcome: 'ok', httpStatus: 200, providerRequestId: 'gen-1', modelServed: null, error: null },
    ...{ usage: { ...usage, costUsd: '0.0123', costSource: 'provider' }, latencyMs: 5, firstTokenMs: 1 },
  })
}

const made = (fingerprints: string[]) => {
  const quote = { source_quote: 'This', quote_start: 0, quote_end: 4 }
  const cards = fingerprints.map((fingerprint, n) => ({ fingerprint, position: n + 1, ...quote }))
  const result = flashcards.fromCache(cards.map((card) => ({ ...card, front: 'Front', back: 'Back', flags: [] })))
  if (!result) throw new Error('no result')
  return result
}

const commit = ({ run, job }: Delivered, fingerprints = [run.id]) =>
  store.commit(run, job, made(fingerprints), { model: 'm' }, null)

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

const rowsOf = async (id: string) => ({
  row: await generation(system, id),
  call: (await calls(system, id))[0],
  cards: (await suggestions(system, id)).length,
  states: (await jobsOf(system, id)).map(({ state }) => state),
})

const spendingOf = async (id: string) => {
  const { rows } = await system.admin.query(
    `select trim_scale(s.spent_usd)::text as spent, trim_scale(s.reserved_usd)::text as reserved
     from recto.spending s join public.ai_generations g using (account_id) where g.id = $1`,
    [id],
  )
  return rows[0]
}

describe('calls that start together', () => {
  test('all start beside one that the budget denies, and one of a run that has lost its fence', async () => {
    const runs = (await claim(4)).map(({ run }) => run)
    const [, denied, lost] = runs
    await givePlan(system, denied?.accountId ?? '', { monthly_budget_usd: '0.4' })
    await system.admin.query('update public.ai_generations set attempts = 2 where id = $1', [lost?.id])
    const gone: Run[] = []
    const started = await Promise.allSettled(runs.map((run) => start(recorderOf(run, (one) => gone.push(one)))))
    expect(started.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(started[1]).toMatchObject({ reason: { neededUsd: '0.5', hopeless: true } })
    expect(started[1]).toHaveProperty('reason', expect.any(BudgetExceeded))
    expect(gone).toEqual([lost])
    const counts = await Promise.all(runs.map(async ({ id }) => (await calls(system, id)).length))
    expect(counts).toEqual([1, 0, 0, 1])
  })

  test('do not wait for one of which somebody else has locked the spending of its account', async () => {
    const runs = (await claim(3)).map(({ run }) => run)
    const [locked] = runs
    if (!locked) throw new Error('nothing was claimed')
    // The first calls make the rows of spending.
    await Promise.all(runs.map((run) => start(recorderOf(run))))
    const lock = await lockRow(system, 'select from recto.spending where account_id = $1 for update', [
      locked.accountId,
    ])
    const started = runs.map((run) => start(recorderOf(run)))
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
    const started = await Promise.allSettled(runs.map((run) => start(recorderOf(run))))
    expect(started.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(started[2]).toMatchObject({ reason: { hopeless: false, final: false } })
    expect(await spendingOf(runs[0]?.id ?? '')).toEqual({ spent: '0', reserved: '1' })
  })
})

describe('a result of a generation that was cancelled meanwhile', () => {
  const said = { message: { role: 'assistant', content: 'Hello.' }, finish: 'complete' }
  const cancelled = async (more: { attempts?: number; input?: null } = {}) => {
    const [delivered] = await deliver(1)
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
    const result = { ...made([]), usable: true, output: said, said }
    expect(await store.commit(committed.run, committed.job, result, {}, null)).toBeNull()
    expect(await outputOf(committed)).toEqual({ status: 'cancelled', output: said })
    const abandoned = await cancelled()
    await store.abandon(abandoned.run, abandoned.job, said)
    expect(await outputOf(abandoned)).toEqual({ status: 'cancelled', output: said })
  })

  test('is dropped when its kind keeps nothing, another attempt has run, or its input is gone', async () => {
    const plain = await cancelled()
    await store.commit(plain.run, plain.job, { ...made([]), usable: true, output: said }, {}, null)
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
    ['succeeds', commit, 'succeeded', []],
    ['fails', ({ run, job }) => store.fail(run, job, failure, {}), 'failed', []],
    ['is tried again', ({ run, job }) => store.retry(run, job, wait), 'pending', ['retry']],
    ['is handed back', ({ run, job }) => store.release(run, job), 'pending', ['created']],
    ['is deferred', ({ run, job }) => store.defer(run, job, wait), 'pending', ['created']],
    ['is abandoned', ({ run, job }) => store.abandon(run, job, null), 'running', []],
  ]

  test.each(ends)('is written with its cost when the run %s', async (_, end, status, states) => {
    const [delivered] = await deliver(1)
    if (!delivered) throw new Error('nothing was delivered')
    const { id } = delivered.run
    expect((await calls(system, id))[0]).toMatchObject({ outcome: null })
    await end(delivered)
    expect(await rowsOf(id)).toMatchObject({
      row: { status, cost_usd: '0.0123', tokens_input: 30 },
      call: { outcome: 'ok', cost_usd: '0.0123' },
      states,
    })
    expect(await spendingOf(id)).toEqual({ spent: '0.0123', reserved: '0' })
  })
})

describe('runs that end together', () => {
  test('all end in one transaction, each with its own results', async () => {
    const delivered = await deliver(5)
    expect(await Promise.all(delivered.map((one) => commit(one)))).toEqual(Array(5).fill(used))
    for (const { run } of delivered)
      expect(await rowsOf(run.id)).toMatchObject({ row: { status: 'succeeded' }, cards: 1, states: [] })
    const { rows } = await system.admin.query(
      'select count(distinct xmin::text)::integer as transactions from public.ai_generations where id = any ($1)',
      [delivered.map(({ run }) => run.id)],
    )
    expect(rows).toEqual([{ transactions: 1 }])
  })

  test('each end well beside one whose results the database refuses, which fails with its own error', async () => {
    const delivered = await deliver(4)
    const ended = await Promise.allSettled(delivered.map((one, n) => commit(one, n === 1 ? ['same', 'same'] : ['own'])))
    expect(ended[1]).toMatchObject({ status: 'rejected', reason: { code: '23505' } })
    for (const [n, { run }] of delivered.entries()) {
      if (n === 1) expect(await rowsOf(run.id)).toMatchObject({ row: { status: 'running' }, states: ['active'] })
      else expect(await rowsOf(run.id)).toMatchObject({ row: { status: 'succeeded' }, cards: 1, states: [] })
    }
    const [, poisoned] = delivered
    if (poisoned) await store.fail(poisoned.run, poisoned.job, failure, {})
    expect(await rowsOf(poisoned?.run.id ?? '')).toMatchObject({ row: { status: 'failed', cost_usd: '0.0123' } })
  })

  test.each([
    ['its generation', 'select from public.ai_generations where id = $1 for no key update'],
    ['the spending of its account', 'select from recto.spending where account_id = $1 for update'],
    ['its job', 'select from pgboss.job where id = $1 for update'],
  ])('do not wait for one of which somebody else has locked %s', async (_, text) => {
    const delivered = await deliver(3)
    const [locked, ...others] = delivered
    if (!locked) throw new Error('nothing was delivered')
    const lock = await lockRow(system, text, [text.includes('account_id') ? locked.run.accountId : locked.run.id])
    const ends = delivered.map((one) => commit(one))
    expect(await Promise.all(ends.slice(1))).toEqual([used, used])
    for (const { run } of others) expect(await rowsOf(run.id)).toMatchObject({ row: { status: 'succeeded' }, cards: 1 })
    expect(await rowsOf(locked.run.id)).toMatchObject({ row: { status: 'running' }, cards: 0, states: ['active'] })
    await lock.release()
    expect(await ends[0]).toEqual(used)
    expect(await rowsOf(locked.run.id)).toMatchObject({ row: { status: 'succeeded' }, cards: 1, states: [] })
  })

  test('of two deliveries of one generation, only the newer one ends it', async () => {
    const [first] = await deliver(1)
    if (!first) throw new Error('nothing was delivered')
    await system.admin.query(`update pgboss.job set state = 'retry' where id = $1`, [first.run.id])
    await new Promise((resolve) => setTimeout(resolve, 5))
    const [job] = await parts.take(1)
    const run = job?.run
    if (!job || !run) throw new Error('nothing was claimed')
    expect(await Promise.all([commit(first, ['older']), commit({ run, job }, ['newer'])])).toEqual([null, used])
    expect(await rowsOf(run.id)).toMatchObject({ row: { status: 'succeeded', attempts: 2 }, cards: 1, states: [] })
    const text = 'select fingerprint from public.ai_suggestions where generation_id = $1'
    expect((await system.admin.query(text, [run.id])).rows).toEqual([{ fingerprint: 'newer' }])
  })
})
