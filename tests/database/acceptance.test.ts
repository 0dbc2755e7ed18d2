import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { acceptanceOf, OutcomeRow } from '../../api/src/usage/acceptance.ts'
import { asPerson } from '../support/as-person.ts'
import { plainOutcomes, varyOutcomes } from '../support/outcomes.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { call, createTeam } from '../support/team.ts'
import { daysAgo, seedDay } from '../support/usage-days.ts'

type Person = Pick<TestPerson, 'id'>
type By = 'prompt_version' | 'language' | 'flag'
type Asked = { account?: string; from: string; to?: string; by?: By }

let system: System
let worker: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  worker = new pg.Pool({ connectionString: system.supabase.workerDatabaseUrl, max: 1 })
})
afterAll(async () => {
  await worker?.end()
  await system?.stop()
})

const answer = ({ id }: Person, { account = id, from, to = from, by = 'flag' }: Asked) =>
  asPerson(system.supabase.adminUrl, id, async (client) => {
    const { rows } = await client.query('select * from recto.acceptance($1, $2, $3, $4)', [account, from, to, by])
    return acceptanceOf(z.array(OutcomeRow).parse(rows), by)
  })
const totalOf = async (person: Person, asked: Asked) => (await answer(person, asked))?.total

/** Rolls usage up as the worker does, until nothing is left to do. */
const rollUp = async (): Promise<void> => {
  const { rows } = await worker.query<{ worked: boolean }>('select recto.roll_up_usage() as worked')
  if (rows[0]?.worked) await rollUp()
}

/** Adds generations whose suggestions have all outcomes to a day. Returns their ids. */
const seed = async (person: Person, day: string, { account = person.id, count = 25 } = {}): Promise<string[]> => {
  const ids = await seedDay(system.admin, { person: person.id, account, day, count })
  await varyOutcomes(system.admin, ids)
  return ids
}
const byKey = (rows: Record<string, unknown>[]) => rows.toSorted((a, b) => (String(a.key) < String(b.key) ? -1 : 1))

describe('acceptance in an account', () => {
  const days = [daysAgo(40), daysAgo(2), daysAgo(1), daysAgo(0)]
  const [from = '', , , to = ''] = days
  let ana: TestPerson
  beforeAll(async () => {
    ana = await system.person()
    for (const day of days) await seed(ana, day)
    await seed(await system.person(), to)
  })

  describe.each([
    ['before any day was rolled up', async () => undefined],
    ['after all days were rolled up', rollUp],
    [
      'when days were not rolled up for a while',
      () => system.admin.query('update recto.usage_state set rolled_through = $1', [daysAgo(2)]),
    ],
  ])('%s', (_when, prepare) => {
    beforeAll(async () => {
      await prepare()
    })

    it.each(['prompt_version', 'language', 'flag'] as const)('equals plain SQL by %s', async (by) => {
      const { data = [], total } = (await answer(ana, { from, to, by })) ?? {}
      const groups = data.map(({ [by]: key, ...counts }) => ({ key, ...counts }))
      expect(byKey(groups)).toEqual(byKey(await plainOutcomes(system.admin, ana.id, [from, to], by)))
      expect([{ key: null, ...total }]).toEqual(await plainOutcomes(system.admin, ana.id, [from, to]))
      expect(Math.min(...Object.values(total?.reject_reasons ?? { none: 0 }))).toBeGreaterThan(0)
    })
  })

  it('counts a suggestion in each group of its flags, and once in total', async () => {
    const { data = [], total } = (await answer(ana, { from: to })) ?? {}
    const of = (flag: string | null) => data.find((row) => row.flag === flag)?.suggestions ?? 0
    expect(new Set(data.map(({ flag }) => flag))).toEqual(new Set(['yes_no', 'leaks_answer', null]))
    expect(of('yes_no') + of(null)).toBe(total?.suggestions)
    expect(of('leaks_answer')).toBeGreaterThan(0)
  })

  it('has no suggestions on days without generations', async () => {
    expect(await answer(ana, { from: daysAgo(39), to: daysAgo(3) })).toMatchObject({
      data: [],
      total: { suggestions: 0, acceptance_rate: null },
    })
    expect(await totalOf(ana, { from: daysAgo(-1), to: daysAgo(-9) })).toMatchObject({ suggestions: 0 })
  })
})

describe('a review', () => {
  it.each([
    ['today', daysAgo(0)],
    ['a day that was rolled up', daysAgo(5)],
  ])('of a suggestion of %s counts at once, and its undoing takes that back', async (_when, day) => {
    const ana = await system.person()
    await seed(ana, day, { count: 5 })
    const { rows } = await system.admin.query<{ id: string }>(
      `update public.ai_suggestions set status = 'proposed', reject_reason = null, edited = false where user_id = $1 returning id`,
      [ana.id],
    )
    const [first, second] = rows.map(({ id }) => id)
    await rollUp()
    const before = await totalOf(ana, { from: day })
    expect(before).toMatchObject({ proposed: rows.length, accepted: 0, acceptance_rate: null })
    const steps = [
      [
        { id: first, action: 'accept', front: 'Mine' },
        { accepted: 1, edited: 1, rejected: 0, acceptance_rate: 1 },
      ],
      [
        { id: second, action: 'reject', reason: 'unclear' },
        { accepted: 1, rejected: 1, reject_reasons: { ...before?.reject_reasons, unclear: 1 }, acceptance_rate: 0.5 },
      ],
      [
        { id: first, action: 'undo' },
        { accepted: 0, edited: 0, rejected: 1, acceptance_rate: 0 },
      ],
      [{ id: second, action: 'undo' }, { ...before }],
    ] as const
    for (const [decision, counts] of steps) {
      await call(system, ana.id, 'public.review_suggestions($1)', [JSON.stringify([decision])])
      expect(await totalOf(ana, { from: day })).toMatchObject(counts)
      await rollUp()
      expect(await totalOf(ana, { from: day })).toMatchObject(counts)
    }
  })
})

describe('deleted suggestions', () => {
  it.each([
    ['today', daysAgo(0)],
    ['a day that was rolled up', daysAgo(400)],
  ])('stay counted on %s: of a person, by the retention, of a deleted person', async (_when, day) => {
    const ana = await system.person()
    const ids = await seed(ana, day)
    await rollUp()
    const before = await answer(ana, { from: day })
    const deletions: [string, unknown[]][] = [
      ['delete from public.ai_generations where id = any ($1)', [ids.slice(0, 10)]],
      ['select recto.drop_generations(0, 1000)', []],
      ['delete from auth.users where id = $1', [ana.id]],
    ]
    for (const [text, values] of deletions) {
      await system.admin.query(text, values)
      expect(await answer(ana, { from: day })).toEqual(before)
      // A new count of the day from the remaining rows gives the same.
      await system.admin.query('insert into recto.usage_stale_days (day, account_id) values ($1, $2)', [day, ana.id])
      expect(await answer(ana, { from: day })).toEqual(before)
      await rollUp()
      expect(await answer(ana, { from: day })).toEqual(before)
    }
  })

  it('of an erased person stay counted in the team and for operators, without the person', async () => {
    const [ana, ben] = [await system.person(), await system.person()]
    const team = await createTeam(system, ben.id, [[ana.id, 'member']])
    const days = [daysAgo(6), daysAgo(0)]
    for (const day of days) for (const account of [team, ana.id]) await seed(ana, day, { account, count: 15 })
    await rollUp()
    const asked = { account: team, from: days[0] ?? '', to: days[1] ?? '' }
    const operators = async () => {
      const text =
        'select flags, prompt_version, sum(suggestions) as n, sum(accepted) as a, sum(other) as o from operator.acceptance group by 1, 2 order by 1, 2'
      return (await system.admin.query(text)).rows
    }
    const [before, beforeAll] = [await answer(ben, asked), await operators()]

    await call(system, ana.id, 'recto.begin_erasure()')
    await call(system, ana.id, 'count(*) from recto.continue_erasure(1000)')
    await call(system, ana.id, 'recto.end_erasure(1000)')
    await rollUp()
    expect(await answer(ben, asked)).toEqual(before)
    expect(await operators()).toEqual(beforeAll)
    for (const table of ['acceptance_daily', 'acceptance_deleted']) {
      const text = `select from recto.${table} where user_id = $1 or account_id = $1`
      expect((await system.admin.query(text, [ana.id])).rowCount).toBe(0)
    }
    expect(await totalOf(ana, { from: asked.from, to: asked.to })).toMatchObject({ suggestions: 0 })
  })
})

describe('access to acceptance', () => {
  const [from, to] = [daysAgo(3), daysAgo(0)]

  it('is given to a person for their own account, and to the members of a team for the team', async () => {
    const [ana, ben, outsider] = [await system.person(), await system.person(), await system.person()]
    const team = await createTeam(system, ana.id, [[ben.id, 'member']])
    await seed(ana, from, { account: team })
    await seed(ben, to, { account: team, count: 5 })
    await seed(ben, to, { count: 3 })
    await rollUp()
    const [all] = await plainOutcomes(system.admin, team, [from, to])
    for (const member of [ana, ben])
      expect({ key: null, ...(await totalOf(member, { account: team, from, to })) }).toEqual(all)
    const [own] = await plainOutcomes(system.admin, ben.id, [from, to])
    expect({ key: null, ...(await totalOf(ben, { from, to })) }).toEqual(own)
    expect(await totalOf(ana, { from, to })).toMatchObject({ suggestions: 0 })
    for (const account of [team, ana.id, ben.id, crypto.randomUUID()])
      expect(await answer(outsider, { account, from, to })).toBeUndefined()
    expect(await answer(ana, { account: ben.id, from, to })).toBeUndefined()
    await call(system, ana.id, 'public.remove_member($1, $2)', [team, ben.id])
    expect(await answer(ben, { account: team, from, to })).toBeUndefined()
  })

  it.each([
    'select * from recto.acceptance_daily',
    'select * from recto.acceptance_deleted',
    'select * from recto.suggestion_outcomes',
    `select recto.acceptance_rows(gen_random_uuid(), '2026-01-01', '2026-01-02')`,
    `select recto.count_acceptance('2026-01-01', '2026-01-02', null)`,
    'select * from operator.acceptance',
  ])('is not given to people and workers by: %s', async (text) => {
    const { id } = await system.person()
    const denied = { code: '42501' }
    await expect(asPerson(system.supabase.adminUrl, id, (client) => client.query(text))).rejects.toMatchObject(denied)
    await expect(worker.query(text)).rejects.toMatchObject(denied)
  })
})

describe('operator.acceptance', () => {
  it('agrees with the tables by prompt version, model, language and flags', async () => {
    const ana = await system.person()
    const day = daysAgo(8)
    await seed(ana, day)
    await rollUp()
    const { rows } = await system.admin.query(
      `select prompt_version, model, language, flags, suggestions::int, proposed::int, accepted::int, edited::int, rejected::int,
         (wrong + not_in_source + duplicate + too_easy + unclear + other)::int as reasons, acceptance_rate::float8
       from operator.acceptance where day = $1 order by 1, 2, 3, 4`,
      [day],
    )
    const plain = await system.admin.query(
      `select g.prompt_version, 'lab/model-2' as model, lower(g.options ->> 'language') as language,
         array(select f from unnest(s.flags) f order by f) as flags, count(*)::int as suggestions,
         count(*) filter (where s.status = 'proposed')::int as proposed, count(*) filter (where s.status = 'accepted')::int as accepted,
         count(*) filter (where s.edited)::int as edited, count(*) filter (where s.status = 'rejected')::int as rejected,
         count(s.reject_reason)::int as reasons,
         round(avg((s.status = 'accepted')::int) filter (where s.status <> 'proposed'), 4)::float8 as acceptance_rate
       from public.ai_generations g join public.ai_suggestions s on s.generation_id = g.id
       where (g.created_at at time zone 'UTC')::date = $1 group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
      [day],
    )
    // Which of two calls that began at the same moment answered is not defined, so the model is one of the two.
    expect(rows.map(({ model, ...row }) => [/^lab\/model-[12]$/.test(model), row])).toEqual(
      plain.rows.map(({ model, ...row }) => [true, row]),
    )
    expect(rows.length).toBeGreaterThan(6)
  })
})
