import { bossOn } from '@recto/shared/boss-on'
import type { Tx } from '@recto/shared/database'
import { deadQueue, generationQueue } from '@recto/shared/queue'
import { enter, inTransaction } from '@recto/shared/transaction'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTake } from '../../worker/src/generation/take.ts'
import { generation, jobs as jobsOf } from '../support/generations.ts'
import { lockRow } from '../support/lock-row.ts'
import { processPool, startBoss } from '../support/process-pool.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let submitter: Submitter
let pool: pg.Pool
let boss: PgBoss
beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  pool = processPool(system, 'worker', 2)
  boss = await startBoss(pool, system)
})
beforeEach(async () => {
  await system.admin.query('delete from pgboss.job')
})
afterAll(() => system?.stop())

const unreadable: unknown[] = []
const takeOn = (connection: Pick<Tx, 'query'>) =>
  createTake(
    (statement) => connection.query(statement),
    (error) => unreadable.push(error),
  )

describe('a take and a fetch of pg-boss', () => {
  /** Jobs that differ in all that decides about a delivery. */
  const rows = `insert into pgboss.job (id, name, data, priority, state, retry_count, retry_limit, start_after, created_on, started_on, heartbeat_on, blocked)
    select gen_random_uuid(), name, '{}', priority, state::pgboss.job_state, retries, 3, now() + start, now() + created, started, null, blocked
    from (values
      ($1, 0, 'created', 0, interval '-1 min', interval '-9 min', null::timestamptz, false),
      ($1, 0, 'created', 0, interval '-1 min', interval '-8 min', null, false),
      ($1, 20000000, 'created', 0, interval '-1 min', interval '-1 min', null, false),
      ($1, -5, 'retry', 2, interval '-1 min', interval '-9 min', now() - interval '5 min', false),
      ($1, 0, 'retry', 0, interval '0', interval '-7 min', now() - interval '5 min', false),
      ($1, 30000000, 'created', 0, interval '1 min', interval '-9 min', null, false),
      ($1, 30000000, 'created', 0, interval '-1 min', interval '-9 min', null, true),
      ($1, 30000000, 'active', 1, interval '-1 min', interval '-9 min', now() - interval '5 min', false),
      ($1, 30000000, 'completed', 0, interval '-1 min', interval '-9 min', now() - interval '5 min', false),
      ($1, 30000000, 'failed', 3, interval '-1 min', interval '-9 min', now() - interval '5 min', false),
      ($2, 30000000, 'created', 0, interval '-1 min', interval '-9 min', null, false)
    ) j (name, priority, state, retries, start, created, started, blocked)`

  /** All columns of all jobs after `work`, which is rolled back. `now` stands for the time of the transaction. */
  const jobsAfter = async (work: (tx: Tx) => Promise<unknown>): Promise<unknown[]> => {
    let after: unknown[] = []
    const undone = inTransaction(pool, enter({ across: 'claims' }), async (tx) => {
      await work(tx)
      const all = `select to_jsonb(j) || jsonb_build_object('started_on', case when started_on = now() then 'now' else started_on::text end,
          'heartbeat_on', case when heartbeat_on = now() then 'now' else heartbeat_on::text end) as row
        from pgboss.job j order by id`
      after = (await tx.query(all)).rows
      throw new Error('undone')
    })
    await undone.catch((error: Error) => expect(error.message).toBe('undone'))
    return after
  }

  test.each([1, 2, 3, 4, 100])('change the same jobs in the same way, at most %i of them', async (limit) => {
    await system.admin.query(rows, [generationQueue, deadQueue])
    const before = await jobsAfter(async () => undefined)
    const fetched = await jobsAfter((tx) => boss.fetch(generationQueue, { batchSize: limit, db: bossOn(tx) }))
    const taken = await jobsAfter((tx) => takeOn(tx)(limit))
    expect(taken).toEqual(fetched)
    expect(taken.filter((row, n) => JSON.stringify(row) !== JSON.stringify(before[n]))).toHaveLength(Math.min(limit, 5))
  })
})

describe('a take', () => {
  test('claims the generations of its jobs, highest priority first', async () => {
    const person = await system.person()
    const ids = await submitter.submitAll(person, [{}, {}, {}])
    const jobs = await takeOn(pool)(2)
    expect(jobs.map(({ id }) => id).sort()).toEqual(ids.slice(0, 2).sort())
    for (const { id, run, deliveredAt } of jobs) {
      expect(run).toMatchObject({
        id,
        userId: person.id,
        attempt: 1,
        accountPolicy: { overBudget: 'fail' },
        endedCalls: [],
      })
      const { rows } = await system.admin.query(
        'select status, attempts, delivered_at from public.ai_generations where id = $1',
        [id],
      )
      expect(rows).toEqual([{ status: 'running', attempts: 1, delivered_at: new Date(deliveredAt) }])
    }
    expect(await generation(system, ids[2] ?? '')).toMatchObject({ status: 'pending', attempts: 0 })
  })

  test('tells how long the job was in the queue, apart from how long ago the generation was created', async () => {
    const id = await submitter.submit(await system.person())
    await system.admin.query(`update public.ai_generations set created_at = now() - interval '1 day' where id = $1`, [
      id,
    ])
    await system.admin.query(`update pgboss.job set created_on = now() - interval '1 hour' where id = $1`, [id])
    const [taken] = await takeOn(pool)(1)
    const { waitedMs = 0, queuedMs = 0 } = taken?.run ?? {}
    expect(waitedMs).toBeGreaterThanOrEqual(86_400_000)
    expect(queuedMs).toBeGreaterThanOrEqual(3_600_000)
    expect(queuedMs).toBeLessThan(waitedMs)
  })

  test('counts earlier calls whose tokens nobody knows, those of a free model too, but none that was not processed', async () => {
    const id = await submitter.submit(await system.person(), { max_total_tokens: 100_000 })
    const calls = `insert into public.ai_calls (generation_id, user_id, account_id, attempt, provider, model, tokens_input,
        tokens_output, cost_usd, cost_source, outcome, finished_at)
      select g.id, g.user_id, g.account_id, 1, 'p', 'm', c.input, c.output, c.cost, c.source, 'timeout', now()
      from public.ai_generations g, (values (7, 5, 0, 'provider'), (300, null, 0, 'provider'), (null, null, 0, 'estimate'),
        (null, null, 0.1, 'estimate'), (null, null, 0, null), (null, null, null, null)) c (input, output, cost, source)
      where g.id = $1`
    await system.admin.query(calls, [id])
    await system.admin.query('update public.ai_generations set attempts = 1 where id = $1', [id])
    const [taken] = await takeOn(pool)(1)
    expect(taken?.run).toMatchObject({ attempt: 2, usedTokens: 12, unmeasuredCalls: 4 })
  })

  test('leaves the job of a locked generation in the queue, with all that it had', async () => {
    const [locked = '', free = ''] = await submitter.submitAll(await system.person(), [{}, {}])
    const before = await jobsOf(system, locked)
    const lock = await lockRow(system, 'select from public.ai_generations where id = $1 for no key update', [locked])
    expect(await takeOn(pool)(2)).toMatchObject([{ id: free, run: { id: free } }])
    await lock.release()
    expect(await jobsOf(system, locked)).toEqual(before)
    expect(await generation(system, locked)).toMatchObject({ status: 'pending', attempts: 0 })
    expect(await takeOn(pool)(2)).toMatchObject([{ id: locked, run: { id: locked } }])
  })

  test('takes the jobs behind those of locked generations, so that these hold up nobody', async () => {
    const [first = '', second = '', third = ''] = await submitter.submitAll(await system.person(), [{}, {}, {}])
    const locks = [first, second].map((id) =>
      lockRow(system, 'select from public.ai_generations where id = $1 for no key update', [id]),
    )
    const held = await Promise.all(locks)
    expect(await takeOn(pool)(1)).toMatchObject([{ id: third, run: { id: third } }])
    for (const lock of held) await lock.release()
    expect((await takeOn(pool)(1)).map(({ id }) => id)).toEqual([first])
  })

  test('claims a generation to which somebody else refers at that moment', async () => {
    const id = await submitter.submit(await system.person())
    const lock = await lockRow(system, 'select from public.ai_generations where id = $1 for key share', [id])
    expect(await takeOn(pool)(1)).toMatchObject([{ id, run: { id } }])
    await lock.release()
  })

  test('fetches the job of a locked generation that has ended, because it needs no run', async () => {
    const id = await submitter.submit(await system.person())
    await system.admin.query(
      `update public.ai_generations set status = 'cancelled', finished_at = now() where id = $1`,
      [id],
    )
    const lock = await lockRow(system, 'select from public.ai_generations where id = $1 for no key update', [id])
    expect(await takeOn(pool)(5)).toMatchObject([{ id, run: null }])
    await lock.release()
  })

  test('fetches a job whose generation has ended, and claims nothing', async () => {
    const id = await submitter.submit(await system.person())
    await system.admin.query(
      `update public.ai_generations set status = 'cancelled', finished_at = now() where id = $1`,
      [id],
    )
    expect(await takeOn(pool)(5)).toMatchObject([{ id, run: null }])
  })

  test('whose row has another form gives up that job only', async () => {
    const [odd = '', even = ''] = await submitter.submitAll(await system.person(), [{}, {}])
    const taken = createTake(
      async (statement) => {
        const answer = await pool.query<{ id: string }>(statement)
        return { ...answer, rows: answer.rows.map((row) => (row.id === odd ? { ...row, attempt: 'two' } : row)) }
      },
      (error) => unreadable.push(error),
    )
    expect((await taken(2)).map(({ id }) => id)).toEqual([even])
    expect(unreadable).toHaveLength(1)
    expect(await jobsOf(system, odd)).toMatchObject([{ state: 'active' }])
  })
})
