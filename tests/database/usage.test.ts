import { createClient } from '@supabase/supabase-js'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { usageOf as answerOf, UsageRow } from '../../api/src/usage/shape.ts'
import { asPerson } from '../support/as-person.ts'
import type { TestPerson } from '../support/person.ts'
import { plainUsage } from '../support/plain-usage.ts'
import { type System, startSystem } from '../support/system.ts'
import { createTeam } from '../support/team.ts'
import { daysAgo, seedDay } from '../support/usage-days.ts'

const Sums = z.record(z.string(), z.unknown())
const Usage = z.object({ data: z.array(Sums), total: Sums, forecast: Sums })
type Usage = z.infer<typeof Usage>

let system: System
let worker: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  worker = system.workerPool(2)
})
afterAll(() => system?.stop())

type Asked = { account?: string; from: string; to?: string; by?: 'day' | 'model' | 'kind' | 'person' }
const answer = ({ id }: Pick<TestPerson, 'id'>, { account = id, from, to = from, by = 'day' }: Asked) =>
  asPerson(system.supabase.adminUrl, id, async (client) => {
    const { rows } = await client.query('select * from recto.usage($1, $2, $3, $4)', [account, from, to, by])
    return answerOf(z.array(UsageRow).parse(rows), by) ?? null
  })
const usageOf = async (person: Pick<TestPerson, 'id'>, asked: Asked): Promise<Usage> =>
  Usage.parse(await answer(person, asked))

/** Rolls usage up as the worker does, until nothing is left to do. */
const rollUp = async (): Promise<void> => {
  const { rows } = await worker.query<{ worked: boolean }>('select recto.roll_up_usage() as worked')
  if (rows[0]?.worked) await rollUp()
}
const rolledRows = async (account: string) => {
  const { rows } = await system.admin.query(
    'select * from recto.usage_daily where account_id = $1 order by day, model, kind',
    [account],
  )
  return rows
}
const count = async (text: string, values: unknown[]): Promise<number> =>
  Number((await system.admin.query<{ count: string }>(`select count(*) from ${text}`, values)).rows[0]?.count)
const plain = (account: string, from: string, to = from, person: string | null = null) =>
  plainUsage(system.admin, account, from, to, person)

describe('usage of an account', () => {
  const days = [daysAgo(40), daysAgo(2), daysAgo(1), daysAgo(0)]
  const [oldest = '', , , today = ''] = days
  let ana: TestPerson
  beforeAll(async () => {
    ana = await system.person()
    for (const [n, day] of days.entries()) await seedDay(system.admin, { person: ana.id, day, count: 20 + n })
  })

  it.each([
    ['before any day was rolled up', async () => undefined],
    ['after all days were rolled up', rollUp],
    [
      'when days were not rolled up for a while',
      () => system.admin.query('update recto.usage_state set rolled_through = $1', [daysAgo(2)]),
    ],
  ])('equals plain SQL, %s', async (_when, prepare) => {
    await prepare()
    const { data, total } = await usageOf(ana, { from: oldest, to: today })
    expect(data.map(({ day }) => day)).toEqual(days)
    for (const { day, ...sums } of data) expect(sums).toEqual(await plain(ana.id, String(day)))
    expect(total).toEqual(await plain(ana.id, oldest, today))
    expect(total).toMatchObject({ generations: 86, calls: 180, people: 1, acceptance_rate: 0.6667 })
  })

  it('equals plain SQL after the clock was set back from a later day', async () => {
    const { id } = await system.person()
    await rollUp()
    await system.admin.query('update recto.usage_state set rolled_through = $1', [daysAgo(-3)])
    await seedDay(system.admin, { person: id, day: today, count: 5 })
    const asked = async () => (await usageOf({ id }, { from: today })).total
    expect(await asked()).toEqual(await plain(id, today))
    await rollUp()
    const { rows } = await system.admin.query('select rolled_through::text from recto.usage_state')
    expect(rows).toEqual([{ rolled_through: daysAgo(1) }])
    expect(await asked()).toEqual(await plain(id, today))
  })

  it('equals plain SQL when grouped by model', async () => {
    const { data, total } = await usageOf(ana, { from: oldest, to: today, by: 'model' })
    expect(data.map(({ model }) => model)).toEqual(expect.arrayContaining(['lab/model-1', 'lab/model-2']))
    for (const { model, calls, tokens_input, cost_usd, latency_p95_ms } of data) {
      const { rows } = await system.admin.query(
        `select count(*)::int as calls, coalesce(sum(tokens_input), 0)::int as tokens_input, trim_scale(sum(cost_usd))::text as cost_usd,
           round(percentile_cont(0.95) within group (order by latency_ms))::int as latency_p95_ms
         from public.ai_calls where account_id = $1 and model = $2`,
        [ana.id, model],
      )
      expect([{ calls, tokens_input, cost_usd, latency_p95_ms }]).toEqual(rows)
    }
    expect(total).toEqual(await plain(ana.id, oldest, today))
  })

  it('equals plain SQL when grouped by kind: connection checks are one', async () => {
    const { data } = await usageOf(ana, { from: oldest, to: today, by: 'kind' })
    const { rows } = await system.admin.query(
      `select kind, count(*)::int as calls, trim_scale(sum(cost_usd))::text as cost_usd from public.ai_calls
       where account_id = $1 group by kind order by sum(cost_usd) desc`,
      [ana.id],
    )
    expect(data.map(({ kind, calls, cost_usd }) => ({ kind, calls, cost_usd }))).toEqual(rows)
    const generations = data.map((row) => [row.kind, row.generations])
    expect(Object.fromEntries(generations)).toEqual({ flashcards: 86, connection_check: 0 })
  })

  it('is empty for days without generations', async () => {
    const { data, total } = await usageOf(ana, { from: daysAgo(39), to: daysAgo(3) })
    expect(data).toEqual([])
    expect(total).toEqual(await plain(ana.id, daysAgo(39), daysAgo(3)))
    expect(total).toMatchObject({ generations: 0, cost_usd: '0', acceptance_rate: null, latency_p50_ms: null })
  })

  it('forecasts the cost of the month from the spending so far', async () => {
    const { forecast } = await usageOf(ana, { from: oldest, to: oldest })
    const month = today.slice(0, 7)
    const { cost_usd } = await plain(ana.id, `${month}-01`, today)
    const { rows } = await system.admin.query<{ share: number }>(
      `select (greatest(extract(epoch from now() - date_trunc('month', now(), 'UTC')), 86400)
         / extract(epoch from date_trunc('month', now(), 'UTC') + interval '1 month' - date_trunc('month', now(), 'UTC')))::float8 as share`,
    )
    expect(forecast).toMatchObject({ month, spent_usd: cost_usd })
    expect(Number(forecast.cost_usd)).toBeCloseTo(Number(cost_usd) / (rows[0]?.share ?? 0), 7)
  })
})

describe('a change of a day that was rolled up', () => {
  const day = daysAgo(5)

  it.each([
    [
      'a review',
      `update public.ai_suggestions set status = 'accepted', edited = true where generation_id = any ($1) and status = 'proposed'`,
    ],
    [
      'a generation that ends days later',
      `update public.ai_generations set status = 'cancelled', finished_at = now() where id = any ($1) and status = 'pending'`,
    ],
    [
      'a cost that is settled late',
      'update public.ai_calls set cost_usd = cost_usd + 0.1, tokens_output = 9 where generation_id = any ($1)',
    ],
    [
      'a new call of an old generation',
      `insert into public.ai_calls (generation_id, user_id, account_id, attempt, provider, model, outcome, cost_usd, started_at, finished_at)
       select id, user_id, account_id, 2, 'lab', 'lab/model-3', 'ok', 0.25, created_at, now() from public.ai_generations where id = any ($1)`,
    ],
    [
      'generations that move to another day',
      `update public.ai_generations set created_at = created_at - interval '1 day' where id = any ($1)`,
    ],
  ])('counts at once, and is stored by the next roll-up: %s', async (_what, change) => {
    const ana = await system.person()
    const ids = await seedDay(system.admin, { person: ana.id, day, count: 15 })
    await rollUp()
    const before = await rolledRows(ana.id)
    await system.admin.query(change, [ids])

    const [from, to] = [daysAgo(7), daysAgo(0)]
    const { total } = await usageOf(ana, { from, to })
    expect(total).toEqual(await plain(ana.id, from, to))
    expect(await rolledRows(ana.id)).toEqual(before)
    await rollUp()
    expect(await count('recto.usage_stale_days', [])).toBe(0)
    expect(await rolledRows(ana.id)).not.toEqual(before)
    expect((await usageOf(ana, { from, to })).total).toEqual(total)
  })

  it('is not lost when it begins before a roll-up and is committed after it', async () => {
    const ana = await system.person()
    const ids = await seedDay(system.admin, { person: ana.id, day, count: 15 })
    await rollUp()
    const late = await system.admin.connect()
    await late.query('begin')
    const accept = `update public.ai_suggestions set status = 'accepted' where generation_id = any ($1)`
    await late.query(accept, [ids.slice(0, 5)])
    await system.admin.query(accept, [ids.slice(5)])
    await rollUp()
    await late.query('commit')
    late.release()
    const { total } = await usageOf(ana, { from: day })
    expect(total).toEqual(await plain(ana.id, day))
    expect(total).toMatchObject({ accepted: total.suggestions })
    await rollUp()
    expect((await usageOf(ana, { from: day })).total).toEqual(total)
  })

  it('does not mark days of other accounts as stale', async () => {
    const [ana, ben] = [await system.person(), await system.person()]
    const ids = await seedDay(system.admin, { person: ana.id, day, count: 5 })
    await seedDay(system.admin, { person: ben.id, day, count: 5 })
    await rollUp()
    await system.admin.query('update public.ai_calls set cost_usd = 1 where generation_id = any ($1)', [ids])
    expect(await count('recto.usage_stale_days where account_id = $1', [ana.id])).toBe(1)
    expect(await count('recto.usage_stale_days where account_id = $1', [ben.id])).toBe(0)
  })

  it('does not mark today as stale, which is not rolled up yet', async () => {
    const ana = await system.person()
    const ids = await seedDay(system.admin, { person: ana.id, day: daysAgo(0), count: 5 })
    await system.admin.query('update public.ai_calls set cost_usd = 1 where generation_id = any ($1)', [ids])
    await system.admin.query(`update public.ai_suggestions set status = 'rejected' where generation_id = any ($1)`, [
      ids,
    ])
    expect(await count('recto.usage_stale_days where account_id = $1', [ana.id])).toBe(0)
  })
})

describe('a day on which the calls of many accounts changed', () => {
  it('is counted again for all accounts at once', async () => {
    const ana = await system.person()
    const day = daysAgo(9)
    await seedDay(system.admin, { person: ana.id, day, count: 5 })
    await rollUp()
    await system.admin.query(
      `insert into public.ai_calls (user_id, account_id, attempt, provider, model, outcome, cost_usd, started_at, finished_at)
       select id, id, 1, 'lab', 'lab/model-1', 'ok', 0.5, $1::date::timestamp at time zone 'UTC', now()
       from (select gen_random_uuid() as id from generate_series(1, 120)) account`,
      [day],
    )
    await rollUp()
    expect(await count('recto.usage_stale_days', [])).toBe(0)
    expect(await count('recto.usage_daily where day = $1 and cost_usd = 0.5', [day])).toBe(120)
    expect((await usageOf(ana, { from: day })).total).toEqual(await plain(ana.id, day))
  })
})

describe('percentiles of sorted samples', () => {
  it.each([
    ['nothing', 'null::recto.sample[]'],
    ['one value', `array[row('{7}')::recto.sample]`],
    ['equal values', `array[row('{5,5}')::recto.sample, row('{5,5,5}')::recto.sample]`],
    ['two values', `array[row('{0}')::recto.sample, row('{2147483647}')::recto.sample]`],
    [
      'many values',
      `(select array_agg(row(ms)::recto.sample) from (
         select array_agg(v order by v) as ms
         from (select n % 17 as row, (hashint4(n) & 1023) as v from generate_series(1, 999) n) v group by v.row
       ) rows)`,
    ],
  ])('equal percentile_cont: %s', async (_what, samples) => {
    const { rows } = await system.admin.query(
      `select f, recto.percentile(s.samples, f) as actual,
         (select percentile_cont(f) within group (order by value) from unnest(s.samples) sample, unnest(sample.ms) value) as expected
       from (select ${samples} as samples) s, unnest(array[0, 0.05, 0.33, 0.5, 0.95, 0.999, 1]) f`,
    )
    expect(rows).toHaveLength(7)
    for (const { actual, expected } of rows) expect(actual).toBe(expected)
  })
})

describe('deleted data', () => {
  it.each([
    ['today', daysAgo(0)],
    ['a day that was rolled up', daysAgo(3)],
  ])('stays in the usage of %s: generations with suggestions, calls, and the person', async (_when, day) => {
    const ana = await system.person()
    const ids = await seedDay(system.admin, { person: ana.id, day, count: 25 })
    await rollUp()
    const { total } = await usageOf(ana, { from: day })
    const steps: [string, unknown[]][] = [
      ['delete from public.ai_generations where id = any ($1)', [ids.slice(0, 10)]],
      ['delete from public.ai_calls where account_id = $1 and tokens_input = 101', [ana.id]],
      ['delete from auth.users where id = $1', [ana.id]],
    ]
    for (const [text, values] of steps) {
      await system.admin.query(text, values)
      expect((await usageOf(ana, { from: day })).total).toEqual(total)
      // A new count of the day from the remaining rows gives the same sums.
      await system.admin.query('insert into recto.usage_stale_days (day, account_id) values ($1, $2)', [day, ana.id])
      expect((await usageOf(ana, { from: day })).total).toEqual(total)
      await rollUp()
      expect((await usageOf(ana, { from: day })).total).toEqual(total)
    }
  })
})

describe('cards from the cache', () => {
  it('save their original cost, even after the original generation was deleted', async () => {
    const ana = await system.person()
    const day = daysAgo(0)
    const [origin = '', ...others] = await seedDay(system.admin, { person: ana.id, day, count: 10 })
    const { rows } = await system.admin.query<{ cost: string }>(
      'select trim_scale(sum(cost_usd))::text as cost from public.ai_calls where generation_id = $1',
      [origin],
    )
    await worker.query(
      `update public.ai_generations set status = 'succeeded', finished_at = now(), ai_metadata = jsonb_build_object('cached', true, 'cached_from', $2::text)
       where id = any ($1) and status = 'pending'`,
      [others, origin],
    )
    const { total } = await usageOf(ana, { from: day })
    expect(total).toEqual(await plain(ana.id, day))
    expect(total).toMatchObject({ cached: 2 })
    expect(Number(total.saved_usd)).toBeCloseTo(2 * Number(rows[0]?.cost), 18)
    await system.admin.query('delete from public.ai_generations where id = $1', [origin])
    expect((await usageOf(ana, { from: day })).total).toEqual(total)
  })
})

describe('a team’s usage', () => {
  const [from, to] = [daysAgo(3), daysAgo(0)]

  it('is shown per person, and to members only', async () => {
    const [ana, ben, outsider] = [await system.person(), await system.person(), await system.person()]
    const team = await createTeam(system, ana.id, [[ben.id, 'member']])
    await seedDay(system.admin, { person: ana.id, account: team, day: from, count: 10 })
    await seedDay(system.admin, { person: ben.id, account: team, day: from, count: 5 })
    await seedDay(system.admin, { person: ben.id, account: team, day: to, count: 5 })
    await seedDay(system.admin, { person: ben.id, day: to, count: 3 })
    await rollUp()
    for (const member of [ana, ben]) {
      const { data, total } = await usageOf(member, { account: team, from, to, by: 'person' })
      expect(data.map(({ user_id }) => user_id).toSorted()).toEqual([ana.id, ben.id].toSorted())
      for (const { user_id, ...sums } of data) expect(sums).toEqual(await plain(team, from, to, String(user_id)))
      expect(total).toEqual(await plain(team, from, to))
      expect(total).toMatchObject({ people: 2, generations: 20 })
    }
    expect((await usageOf(ben, { from, to })).total).toMatchObject({ generations: 3, people: 1 })
    expect(await answer(outsider, { account: team, from })).toBeNull()
    expect(await answer(outsider, { account: ana.id, from })).toBeNull()
    expect(await answer(outsider, { account: crypto.randomUUID(), from })).toBeNull()
  })
})

describe('the roll-up of usage', () => {
  it('runs in one worker at a time', async () => {
    const first = await worker.connect()
    await first.query('begin')
    await system.admin.query('update recto.usage_state set rolled_through = $1', [daysAgo(4)])
    const step = 'select recto.roll_up_usage() as worked'
    expect((await first.query(step)).rows).toEqual([{ worked: true }])
    expect((await worker.query(step)).rows).toEqual([{ worked: false }])
    await first.query('commit')
    first.release()
    expect((await worker.query(step)).rows).toEqual([{ worked: true }])
    await rollUp()
  })

  it.each([
    ['of a day', 'select * from recto.usage_daily'],
    ['of deletions', 'select * from recto.usage_deleted'],
    ['of stale days', 'insert into recto.usage_stale_days (day, account_id) values (now(), gen_random_uuid())'],
    ['of another account', `select recto.usage_rows(gen_random_uuid(), '2026-01-01', '2026-01-02')`],
    ['of all accounts', `select recto.count_usage('2026-01-01', '2026-01-02', null)`],
    ['for operators', 'select * from operator.usage_by_day'],
  ])('gives people and workers no access to its sums %s', async (_what, text) => {
    const { id } = await system.person()
    await expect(asPerson(system.supabase.adminUrl, id, (client) => client.query(text))).rejects.toMatchObject({
      code: '42501',
    })
    await expect(worker.query(text)).rejects.toMatchObject({ code: '42501' })
  })
})

describe('the views of operators', () => {
  it('agree with the tables', async () => {
    const ana = await system.person()
    const day = daysAgo(0)
    await seedDay(system.admin, { person: ana.id, day, count: 10 })
    await seedDay(system.admin, { person: (await system.person()).id, day: daysAgo(1), count: 10 })
    const rowOf = async (text: string, values: unknown[]) => (await system.admin.query(text, values)).rows[0]
    const all = await rowOf(
      `select count(*) as generations, (select count(*) from public.ai_calls where started_at >= $1::date) as calls,
         (select sum(cost_usd) from public.ai_calls where started_at >= $1::date) as cost_usd
       from public.ai_generations where created_at >= $1::date`,
      [day],
    )
    const kept = await rowOf(
      'select coalesce(sum(generations), 0) as generations, coalesce(sum(calls), 0) as calls from recto.usage_deleted where day = $1',
      [day],
    )
    const byDay = await rowOf('select generations, calls, cost_usd from operator.usage_by_day where day = $1', [day])
    expect(Number(byDay.generations)).toBe(Number(all.generations) + Number(kept.generations))
    expect(Number(byDay.calls)).toBe(Number(all.calls) + Number(kept.calls))
    const cost = await rowOf(`select kind, generations, cost_usd from operator.cost_by_account where account_id = $1`, [
      ana.id,
    ])
    expect(cost).toMatchObject({ kind: 'personal', generations: '10' })
    expect(Number(cost.cost_usd)).toBeCloseTo(Number((await plain(ana.id, day)).cost_usd), 18)
    const latency = await rowOf(`select * from operator.provider_latency where model = 'lab/model-2'`, [])
    expect(Number(latency.p50_ms)).toBeLessThan(Number(latency.p99_ms))
    const failures = (await system.admin.query(`select what, code, provider from operator.failures`)).rows
    expect(failures).toEqual(
      expect.arrayContaining([
        { what: 'generation', code: 'timeout', provider: 'lab' },
        { what: 'call', code: 'timeout', provider: 'lab' },
      ]),
    )
    // Without the trigger that would write the present time.
    await system.admin.query(
      `begin; set local session_replication_role = 'replica';
       update public.ai_generations set updated_at = created_at where status = 'pending'; commit`,
    )
    const stuck = (await system.admin.query('select distinct what from operator.stuck')).rows
    expect(stuck).toEqual(expect.arrayContaining([{ what: 'pending for over 10 minutes' }, { what: 'without a job' }]))
  })

  it('are not offered by PostgREST', async () => {
    const { token } = await system.person()
    const { supabaseUrl, publishableKey } = system.supabase
    for (const options of [{}, { accessToken: async () => token }]) {
      const db = createClient(supabaseUrl, publishableKey, options)
      const { status, error } = await db.schema('operator').from('usage_by_day').select()
      expect([status, error?.code]).toEqual([406, 'PGRST106'])
    }
  })
})
