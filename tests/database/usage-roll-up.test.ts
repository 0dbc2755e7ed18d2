import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { type System, startSystem } from '../support/system.ts'
import { createUsage } from '../support/usage.ts'
import { daysAgo, seedDay } from '../support/usage-days.ts'

let system: System
let usage: ReturnType<typeof createUsage>
beforeAll(async () => {
  system = await startSystem()
  usage = createUsage(system)
})
afterAll(() => system?.stop())

const rolledRows = async (account: string) => {
  const { rows } = await system.admin.query(
    'select * from recto.usage_daily where account_id = $1 order by day, model, kind',
    [account],
  )
  return rows
}
const count = async (text: string, values: unknown[]): Promise<number> =>
  Number((await system.admin.query<{ count: string }>(`select count(*) from ${text}`, values)).rows[0]?.count)

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
    await usage.rollUp()
    const before = await rolledRows(ana.id)
    await system.admin.query(change, [ids])

    const [from, to] = [daysAgo(7), daysAgo(0)]
    const { total } = await usage.of(ana, { from, to })
    expect(total).toEqual(await usage.plain(ana.id, from, to))
    expect(await rolledRows(ana.id)).toEqual(before)
    await usage.rollUp()
    expect(await count('recto.usage_stale_days', [])).toBe(0)
    expect(await rolledRows(ana.id)).not.toEqual(before)
    expect((await usage.of(ana, { from, to })).total).toEqual(total)
  })

  it('is not lost when it begins before a roll-up and is committed after it', async () => {
    const ana = await system.person()
    const ids = await seedDay(system.admin, { person: ana.id, day, count: 15 })
    await usage.rollUp()
    const late = await system.admin.connect()
    await late.query('begin')
    const accept = `update public.ai_suggestions set status = 'accepted' where generation_id = any ($1)`
    await late.query(accept, [ids.slice(0, 5)])
    await system.admin.query(accept, [ids.slice(5)])
    await usage.rollUp()
    await late.query('commit')
    late.release()
    const { total } = await usage.of(ana, { from: day })
    expect(total).toEqual(await usage.plain(ana.id, day))
    expect(total).toMatchObject({ accepted: total.suggestions })
    await usage.rollUp()
    expect((await usage.of(ana, { from: day })).total).toEqual(total)
  })

  it('does not mark days of other accounts as stale', async () => {
    const [ana, ben] = [await system.person(), await system.person()]
    const ids = await seedDay(system.admin, { person: ana.id, day, count: 5 })
    await seedDay(system.admin, { person: ben.id, day, count: 5 })
    await usage.rollUp()
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
    await usage.rollUp()
    await system.admin.query(
      `insert into public.ai_calls (user_id, account_id, attempt, provider, model, outcome, cost_usd, started_at, finished_at)
       select id, id, 1, 'lab', 'lab/model-1', 'ok', 0.5, $1::date::timestamp at time zone 'UTC', now()
       from (select gen_random_uuid() as id from generate_series(1, 120)) account`,
      [day],
    )
    await usage.rollUp()
    expect(await count('recto.usage_stale_days', [])).toBe(0)
    expect(await count('recto.usage_daily where day = $1 and cost_usd = 0.5', [day])).toBe(120)
    expect((await usage.of(ana, { from: day })).total).toEqual(await usage.plain(ana.id, day))
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

describe('the roll-up of usage', () => {
  it('runs in one worker at a time', async () => {
    const first = await usage.worker.connect()
    await first.query('begin')
    await system.admin.query('update recto.usage_state set rolled_through = $1', [daysAgo(4)])
    const step = 'select recto.roll_up_usage() as worked'
    expect((await first.query(step)).rows).toEqual([{ worked: true }])
    expect((await usage.worker.query(step)).rows).toEqual([{ worked: false }])
    await first.query('commit')
    first.release()
    expect((await usage.worker.query(step)).rows).toEqual([{ worked: true }])
    await usage.rollUp()
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
    await expect(usage.worker.query(text)).rejects.toMatchObject({ code: '42501' })
  })
})
