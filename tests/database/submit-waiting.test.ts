// Submissions that meet in one process, and share a statement: the code of the API over a real database.
import { until } from '@recto/local/until'
import { bundledCatalog } from '@recto/shared/catalog'
import { createPool } from '@recto/shared/database'
import { kindContracts } from '@recto/shared/kinds/registry'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createReadAs } from '../../api/src/db/read-as.ts'
import { createWrites } from '../../api/src/db/write-as.ts'
import { submitGeneration } from '../../api/src/generations/submit.ts'
import { lockRow } from '../support/lock-row.ts'
import { callerOf } from '../support/sent.ts'
import { type System, startSystem } from '../support/system.ts'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'

let system: System
let reads: ReturnType<typeof createReadAs>
const poolOf = (more: Partial<Parameters<typeof createPool>[0]> = {}): pg.Pool => {
  const url = system.supabase.apiDatabaseUrl
  return createPool({ url, name: 'recto_api', max: 2, connectMs: 5_000, ...more }, () => undefined)
}
beforeAll(async () => {
  system = await startSystem()
  reads = createReadAs(poolOf(), 1)
})
let pools: pg.Pool[] = []
beforeEach(() => system.limit(1_000_000, 60))
afterEach(async () => {
  for (const pool of pools) await pool.end()
  pools = []
})
afterAll(async () => {
  await reads?.close()
  await system?.stop()
})

type Wanted = { account?: string; key?: string; kind?: 'flashcards' | 'chat'; input?: Record<string, unknown> }

/** Submits all of them over `pool` at once, and answers what becomes of each. */
const submitAll = async (person: { id: string }, wanted: Wanted[], pool = poolOf()) => {
  pools.push(pool)
  const submit = submitGeneration({
    catalog: bundledCatalog(),
    kinds: kindContracts(),
    residency: 'any',
    readAs: reads.readAs,
    ...createWrites(pool),
    jobs: { check: () => undefined },
    notifyJobs: () => undefined,
  })
  const send = (
    { account = person.id, key, kind = 'flashcards', input = { source_text: newText() } }: Wanted,
    n: number,
  ) => {
    const common = { model: 'balanced', prompt_version: `${kind}@1`, options: {}, data_residency: 'any' as const }
    const generation = { kind, input, ...common, account_id: account }
    const idempotency = key === undefined ? undefined : { key, digest: 'ab'.repeat(32) }
    return submit({ caller: callerOf(person), requestId: `request ${n}` }, generation, idempotency)
  }
  const outcomes = await Promise.allSettled(wanted.map(send))
  return outcomes.map((one) => (one.status === 'fulfilled' ? one.value : one.reason))
}

/** The person's generations in the order of submission, and how many of their jobs there are. */
const storedOf = async ({ id }: { id: string }) => {
  const { rows } = await system.admin.query<{ id: string; request: string; jobs: number }>(
    `select g.id, g.request_id as request, (select count(*)::int from pgboss.job j where j.id = g.id) as jobs
      from public.ai_generations g where user_id = $1 order by created_at`,
    [id],
  )
  return rows
}
const waitingSubmissions = async () => {
  const text = `select from pg_stat_activity where wait_event_type = 'Lock' and strpos(query, 'recto.submit') > 0`
  return (await system.admin.query(text)).rowCount
}
const requests = (...numbers: number[]) => numbers.map((n) => ({ request: `request ${n}`, jobs: 1 }))

describe('submissions of one person that meet', () => {
  it.each([true, false])('share a statement, with prepared statements: %s', async (prepare) => {
    const ana = await system.person()
    const pool = poolOf({ prepare })
    let statements = 0
    pool.on('acquire', () => statements++)
    const outcomes = await submitAll(ana, [{}, {}, {}, {}, {}], pool)
    const stored = await storedOf(ana)
    expect(outcomes).toMatchObject(stored.map(({ id }) => ({ id, replayed: false })))
    expect(stored).toMatchObject(requests(0, 1, 2, 3, 4))
    expect(statements).toBe(1)
  })

  it('with one key are one generation, and the others around them are stored', async () => {
    const ana = await system.person()
    const [input, key] = [{ source_text: newText() }, 'the same key']
    const outcomes = await submitAll(ana, [{}, { input, key }, { input, key }, {}, { key }])
    const [, first, second, , other] = outcomes
    expect(first).toMatchObject({ replayed: false })
    expect(second).toEqual({ id: first.id, replayed: true })
    expect(other).toMatchObject({ code: 'idempotency_key_reused' })
    expect(await storedOf(ana)).toMatchObject(requests(0, 1, 3))
  })

  it('are refused alone where a conversation would have two answers', async () => {
    const ana = await system.person()
    const input = { conversation_id: crypto.randomUUID(), messages: [{ role: 'user', content: 'And?' }] }
    const turn = { kind: 'chat' as const, input }
    const outcomes = await submitAll(ana, [turn, {}, turn, {}])
    expect(outcomes[2]).toMatchObject({ code: 'conflict', message: expect.stringContaining('latest answer') })
    expect(await storedOf(ana)).toMatchObject(requests(0, 1, 3))
  })

  it('fill a window to its last place, and the others are told when one frees', async () => {
    const ana = await system.person()
    await system.limit(4, 3_600)
    const outcomes = await submitAll(ana, [{}, {}, {}, {}, {}, {}])
    const left = outcomes.slice(0, 4).map(({ admission }) => admission.windows[0].remaining)
    expect(left).toEqual([3, 2, 1, 0])
    const refused = { code: 'rate_limited', retryAfter: expect.any(Number), windows: [{ remaining: 0 }] }
    expect(outcomes.slice(4)).toMatchObject([refused, refused])
    expect(await storedOf(ana)).toMatchObject(requests(0, 1, 2, 3))
  })

  it('in two processes, with the same keys in opposite order, are one generation for each key', async () => {
    const ana = await system.person()
    const [first, second, third] = [await createTeam(system, ana.id), await createTeam(system, ana.id), ana.id]
    const insert = `insert into public.ai_generations (user_id, account_id, source_text, idempotency_key)
      values ($1, $2, $3, 'the middle key')`
    const lock = await lockRow(system, insert, [ana.id, third, newText()])
    const keys = (account: string, ...names: string[]) => names.map((name) => ({ account, key: `the ${name} key` }))
    const one = submitAll(ana, keys(first, 'left', 'middle', 'right'))
    await lock.awaited('recto.submit')
    const other = submitAll(ana, keys(second, 'right', 'left'))
    await until(async () => (await waitingSubmissions()) === 2, { what: 'both statements', timeoutMs: 30_000 })
    await lock.release()
    const outcomes = [...(await one), ...(await other)]
    const refused = outcomes.filter(({ code }) => code === 'idempotency_key_reused')
    expect([outcomes.length, refused.length, (await storedOf(ana)).length]).toEqual([5, 2, 3])
  })

  it('and get no answer in time are not sent again, and each repetition finds what was stored', async () => {
    const ana = await system.person()
    const keys = ['the first key', 'the second key', 'the third key']
    const wanted = keys.map((key) => ({ key, input: { source_text: newText() } }))
    const lock = await lockRow(system, 'select recto.lock_admission($1)', [ana.id])
    for (const { message } of await submitAll(ana, wanted, poolOf({ queryMs: 300 })))
      expect(message).toContain('timeout')
    expect(await storedOf(ana)).toEqual([])
    await lock.release()
    await until(async () => (await storedOf(ana)).length > 0, { what: 'the late commit', timeoutMs: 30_000 })
    const stored = await storedOf(ana)
    expect(await submitAll(ana, wanted)).toEqual(stored.map(({ id }) => ({ id, replayed: true })))
    expect(await storedOf(ana)).toMatchObject(requests(0, 1, 2))
  })
})
