import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAcceptance } from '../support/acceptance.ts'
import { asPerson } from '../support/as-person.ts'
import { plainOutcomes } from '../support/outcomes.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { call, createTeam } from '../support/team.ts'
import { daysAgo } from '../support/usage-days.ts'

let system: System
let acceptance: ReturnType<typeof createAcceptance>
beforeAll(async () => {
  system = await startSystem()
  acceptance = createAcceptance(system)
})
afterAll(() => system?.stop())

describe('access to acceptance', () => {
  const [from, to] = [daysAgo(3), daysAgo(0)]

  it('is given to a person for their own account, and to the members of a team for the team', async () => {
    const [ana, ben, outsider] = [await system.person(), await system.person(), await system.person()]
    const team = await createTeam(system, ana.id, [[ben.id, 'member']])
    await acceptance.seed(ana, from, { account: team })
    await acceptance.seed(ben, to, { account: team, count: 5 })
    await acceptance.seed(ben, to, { count: 3 })
    await acceptance.rollUp()
    const totalsOf = async (who: TestPerson, account: string) =>
      (await acceptance.answer(who, { account, from, to }))?.totals
        .map((total) => ({ key: null, ...total }))
        .toSorted((a, b) => (a.kind < b.kind ? -1 : 1))
    const all = await plainOutcomes(system.admin, team, [from, to])
    for (const member of [ana, ben]) expect(await totalsOf(member, team)).toEqual(all)
    expect(await totalsOf(ben, ben.id)).toEqual(await plainOutcomes(system.admin, ben.id, [from, to]))
    expect(await totalsOf(ana, ana.id)).toEqual([])
    for (const account of [team, ana.id, ben.id, crypto.randomUUID()])
      expect(await acceptance.answer(outsider, { account, from, to })).toBeUndefined()
    expect(await acceptance.answer(ana, { account: ben.id, from, to })).toBeUndefined()
    await call(system, ana.id, 'public.remove_member($1, $2)', [team, ben.id])
    expect(await acceptance.answer(ben, { account: team, from, to })).toBeUndefined()
  })

  it.each([
    'select * from recto.acceptance_daily',
    'select * from recto.acceptance_deleted',
    'select * from recto.outcomes',
    `select recto.acceptance_rows(gen_random_uuid(), '2026-01-01', '2026-01-02')`,
    `select recto.count_acceptance('2026-01-01', '2026-01-02', null)`,
    'select * from operator.acceptance',
  ])('is not given to people and workers by: %s', async (text) => {
    const { id } = await system.person()
    const denied = { code: '42501' }
    await expect(asPerson(system.supabase.adminUrl, id, (client) => client.query(text))).rejects.toMatchObject(denied)
    await expect(system.workerPool(1).query(text)).rejects.toMatchObject(denied)
  })
})

describe('operator.acceptance', () => {
  it('agrees with the tables by kind, prompt version, model, language and flags', async () => {
    const ana = await system.person()
    const day = daysAgo(8)
    await acceptance.seed(ana, day)
    await acceptance.rollUp()
    const { rows } = await system.admin.query(
      `select kind, prompt_version, model, language, flags, suggestions::int, proposed::int, accepted::int, edited::int, rejected::int,
         (wrong + not_in_source + duplicate + too_easy + unclear + not_relevant + intended + other)::int as reasons, acceptance_rate::float8
       from operator.acceptance where day = $1 order by 1, 2, 4, 5`,
      [day],
    )
    const plain = await system.admin.query(
      `select g.kind, g.prompt_version, 'lab/model-2' as model, lower(g.options ->> 'language') as language,
         array(select f from unnest(s.flags) f order by f) as flags, count(*)::int as suggestions,
         count(*) filter (where s.status = 'proposed')::int as proposed, count(*) filter (where s.status = 'accepted')::int as accepted,
         count(*) filter (where s.edited)::int as edited, count(*) filter (where s.status = 'rejected')::int as rejected,
         count(s.reject_reason)::int as reasons,
         round(avg((s.status = 'accepted')::int) filter (where s.status <> 'proposed'), 4)::float8 as acceptance_rate
       from public.ai_generations g join (
         select generation_id, status, edited, reject_reason, flags from public.ai_suggestions
         union all select generation_id, status, false, reject_reason, flags from public.ai_findings
       ) s on s.generation_id = g.id
       where (g.created_at at time zone 'UTC')::date = $1 group by 1, 2, 3, 4, 5 order by 1, 2, 4, 5`,
      [day],
    )
    // Which of two calls that began at the same moment answered is not defined, so the model is one of the two. No call
    // answered the code reviews, so theirs is that of the request.
    expect(rows.map(({ model, ...row }) => [/^lab\/model-[12]$|^balanced$/.test(model), row])).toEqual(
      plain.rows.map(({ model, ...row }) => [true, row]),
    )
    expect(rows.length).toBeGreaterThan(6)
  })
})
