import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { createTeam } from '../support/team.ts'
import { createUsage } from '../support/usage.ts'
import { daysAgo, seedDay } from '../support/usage-days.ts'

let system: System
let usage: ReturnType<typeof createUsage>
beforeAll(async () => {
  system = await startSystem()
  usage = createUsage(system)
})
afterAll(() => system?.stop())

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
    ['after all days were rolled up', () => usage.rollUp()],
    [
      'when days were not rolled up for a while',
      () => system.admin.query('update recto.usage_state set rolled_through = $1', [daysAgo(2)]),
    ],
  ])('equals plain SQL, %s', async (_when, prepare) => {
    await prepare()
    const { data, total } = await usage.of(ana, { from: oldest, to: today })
    expect(data.map(({ day }) => day)).toEqual(days)
    for (const { day, ...sums } of data) expect(sums).toEqual(await usage.plain(ana.id, String(day)))
    expect(total).toEqual(await usage.plain(ana.id, oldest, today))
    expect(total).toMatchObject({ generations: 86, calls: 180, people: 1, acceptance_rate: 0.6667 })
  })

  it('equals plain SQL after the clock was set back from a later day', async () => {
    const { id } = await system.person()
    await usage.rollUp()
    await system.admin.query('update recto.usage_state set rolled_through = $1', [daysAgo(-3)])
    await seedDay(system.admin, { person: id, day: today, count: 5 })
    const asked = async () => (await usage.of({ id }, { from: today })).total
    expect(await asked()).toEqual(await usage.plain(id, today))
    await usage.rollUp()
    const { rows } = await system.admin.query('select rolled_through::text from recto.usage_state')
    expect(rows).toEqual([{ rolled_through: daysAgo(1) }])
    expect(await asked()).toEqual(await usage.plain(id, today))
  })

  it('equals plain SQL when grouped by model', async () => {
    const { data, total } = await usage.of(ana, { from: oldest, to: today, by: 'model' })
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
    expect(total).toEqual(await usage.plain(ana.id, oldest, today))
  })

  it('equals plain SQL when grouped by kind: connection checks are one', async () => {
    const { data } = await usage.of(ana, { from: oldest, to: today, by: 'kind' })
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
    const { data, total } = await usage.of(ana, { from: daysAgo(39), to: daysAgo(3) })
    expect(data).toEqual([])
    expect(total).toEqual(await usage.plain(ana.id, daysAgo(39), daysAgo(3)))
    expect(total).toMatchObject({ generations: 0, cost_usd: '0', acceptance_rate: null, latency_p50_ms: null })
  })

  it('forecasts the cost of the month from the spending so far', async () => {
    const { forecast } = await usage.of(ana, { from: oldest, to: oldest })
    const month = today.slice(0, 7)
    const { cost_usd } = await usage.plain(ana.id, `${month}-01`, today)
    const { rows } = await system.admin.query<{ share: number }>(
      `select (greatest(extract(epoch from now() - date_trunc('month', now(), 'UTC')), 86400)
         / extract(epoch from date_trunc('month', now(), 'UTC') + interval '1 month' - date_trunc('month', now(), 'UTC')))::float8 as share`,
    )
    expect(forecast).toMatchObject({ month, spent_usd: cost_usd })
    expect(Number(forecast.cost_usd)).toBeCloseTo(Number(cost_usd) / (rows[0]?.share ?? 0), 7)
  })
})

describe('deleted data', () => {
  it.each([
    ['today', daysAgo(0)],
    ['a day that was rolled up', daysAgo(3)],
  ])('stays in the usage of %s: generations with suggestions, calls, and the person', async (_when, day) => {
    const ana = await system.person()
    const ids = await seedDay(system.admin, { person: ana.id, day, count: 25 })
    await usage.rollUp()
    const { total } = await usage.of(ana, { from: day })
    const steps: [string, unknown[]][] = [
      ['delete from public.ai_generations where id = any ($1)', [ids.slice(0, 10)]],
      ['delete from public.ai_calls where account_id = $1 and tokens_input = 101', [ana.id]],
      ['delete from auth.users where id = $1', [ana.id]],
    ]
    for (const [text, values] of steps) {
      await system.admin.query(text, values)
      expect((await usage.of(ana, { from: day })).total).toEqual(total)
      // A new count of the day from the remaining rows gives the same sums.
      await system.admin.query('insert into recto.usage_stale_days (day, account_id) values ($1, $2)', [day, ana.id])
      expect((await usage.of(ana, { from: day })).total).toEqual(total)
      await usage.rollUp()
      expect((await usage.of(ana, { from: day })).total).toEqual(total)
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
    await usage.worker.query(
      `update public.ai_generations set status = 'succeeded', finished_at = now(), ai_metadata = jsonb_build_object('cached', true, 'cached_from', $2::text)
       where id = any ($1) and status = 'pending'`,
      [others, origin],
    )
    const { total } = await usage.of(ana, { from: day })
    expect(total).toEqual(await usage.plain(ana.id, day))
    expect(total).toMatchObject({ cached: 2 })
    expect(Number(total.saved_usd)).toBeCloseTo(2 * Number(rows[0]?.cost), 18)
    await system.admin.query('delete from public.ai_generations where id = $1', [origin])
    expect((await usage.of(ana, { from: day })).total).toEqual(total)
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
    await usage.rollUp()
    for (const member of [ana, ben]) {
      const { data, total } = await usage.of(member, { account: team, from, to, by: 'person' })
      expect(data.map(({ user_id }) => user_id).toSorted()).toEqual([ana.id, ben.id].toSorted())
      for (const { user_id, ...sums } of data) expect(sums).toEqual(await usage.plain(team, from, to, String(user_id)))
      expect(total).toEqual(await usage.plain(team, from, to))
      expect(total).toMatchObject({ people: 2, generations: 20 })
    }
    expect((await usage.of(ben, { from, to })).total).toMatchObject({ generations: 3, people: 1 })
    expect(await usage.answer(outsider, { account: team, from })).toBeNull()
    expect(await usage.answer(outsider, { account: ana.id, from })).toBeNull()
    expect(await usage.answer(outsider, { account: crypto.randomUUID(), from })).toBeNull()
  })
})
