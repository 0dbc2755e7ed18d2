import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAcceptance } from '../support/acceptance.ts'
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

const byKey = (rows: Record<string, unknown>[]) => {
  const nameOf = ({ kind, key }: Record<string, unknown>) => `${kind} ${key}`
  return rows.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
}

describe('acceptance in an account', () => {
  const days = [daysAgo(40), daysAgo(2), daysAgo(1), daysAgo(0)]
  const [from = '', , , to = ''] = days
  let ana: TestPerson
  beforeAll(async () => {
    ana = await system.person()
    for (const day of days) await acceptance.seed(ana, day)
    await acceptance.seed(await system.person(), to)
  })

  describe.each([
    ['before any day was rolled up', async () => undefined],
    ['after all days were rolled up', () => acceptance.rollUp()],
    [
      'when days were not rolled up for a while',
      () => system.admin.query('update recto.usage_state set rolled_through = $1', [daysAgo(2)]),
    ],
  ])('%s', (_when, prepare) => {
    beforeAll(async () => {
      await prepare()
    })

    it.each(['prompt_version', 'language', 'flag'] as const)('equals plain SQL by %s', async (by) => {
      const { data = [], totals = [] } = (await acceptance.answer(ana, { from, to, by })) ?? {}
      const groups = data.map(({ [by]: key, ...counts }) => ({ key, ...counts }))
      expect(byKey(groups)).toEqual(byKey(await plainOutcomes(system.admin, ana.id, [from, to], by)))
      expect(byKey(totals.map((total) => ({ key: null, ...total })))).toEqual(
        await plainOutcomes(system.admin, ana.id, [from, to]),
      )
      const reasons = totals.flatMap(({ kind, reject_reasons }) =>
        Object.entries(reject_reasons).flatMap(([reason, count]) => (count > 0 ? [`${kind} ${reason}`] : [])),
      )
      expect(reasons).toHaveLength(12)
    })
  })

  it('counts a suggestion in each group of its flags, and once in total', async () => {
    const { data = [], totals = [] } = (await acceptance.answer(ana, { from: to })) ?? {}
    const of = (flag: string | null, kind = 'flashcards') =>
      data.find((row) => row.kind === kind && row.flag === flag)?.suggestions ?? 0
    expect(new Set(data.map(({ flag }) => flag))).toEqual(new Set(['yes_no', 'leaks_answer', 'outside_diff', null]))
    const [cards = 0, findings = 0] = ['flashcards', 'code_review'].map(
      (kind) => totals.find((total) => total.kind === kind)?.suggestions,
    )
    expect([of('yes_no') + of(null), of('outside_diff', 'code_review') + of(null, 'code_review')]).toEqual([
      cards,
      findings,
    ])
    expect(of('leaks_answer')).toBeGreaterThan(0)
  })

  it('has no suggestions on days without generations', async () => {
    const none = { data: [], totals: [], next_cursor: null }
    expect(await acceptance.answer(ana, { from: daysAgo(39), to: daysAgo(3) })).toEqual(none)
    expect(await acceptance.answer(ana, { from: daysAgo(-1), to: daysAgo(-9) })).toEqual(none)
  })
})

describe('a review', () => {
  it.each([
    ['today', daysAgo(0)],
    ['a day that was rolled up', daysAgo(5)],
  ])('of a suggestion of %s counts at once, and its undoing takes that back', async (_when, day) => {
    const ana = await system.person()
    await acceptance.seed(ana, day, { count: 5 })
    const { rows } = await system.admin.query<{ id: string }>(
      `update public.ai_suggestions set status = 'proposed', reject_reason = null, edited = false where user_id = $1 returning id`,
      [ana.id],
    )
    const [first, second] = rows.map(({ id }) => id)
    await acceptance.rollUp()
    const before = await acceptance.totalOf(ana, { from: day })
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
      expect(await acceptance.totalOf(ana, { from: day })).toMatchObject(counts)
      await acceptance.rollUp()
      expect(await acceptance.totalOf(ana, { from: day })).toMatchObject(counts)
    }
  })
})

describe('a review of a finding', () => {
  it.each([
    ['today', daysAgo(0)],
    ['a day that was rolled up', daysAgo(5)],
  ])('of %s counts at once, and its undoing takes that back', async (_when, day) => {
    const ana = await system.person()
    await acceptance.seed(ana, day, { count: 1 })
    const { rows } = await system.admin.query<{ id: string }>(
      `update public.ai_findings set status = 'proposed', reject_reason = null, reviewed_at = null where user_id = $1 returning id`,
      [ana.id],
    )
    const id = rows[0]?.id
    const counts = () => acceptance.totalOf(ana, { from: day }, 'code_review')
    await acceptance.rollUp()
    const before = await counts()
    expect(before).toMatchObject({ suggestions: rows.length, proposed: rows.length, acceptance_rate: null })
    const steps = [
      [
        { id, action: 'accept' },
        { accepted: 1, edited: 0, rejected: 0, acceptance_rate: 1 },
      ],
      [{ id, action: 'undo' }, { ...before }],
      [
        { id, action: 'reject', reason: 'intended' },
        { rejected: 1, reject_reasons: { ...before?.reject_reasons, intended: 1 }, acceptance_rate: 0 },
      ],
    ] as const
    for (const [decision, expected] of steps) {
      await call(system, ana.id, 'public.review_findings($1)', [JSON.stringify([decision])])
      expect(await counts()).toMatchObject(expected)
      await acceptance.rollUp()
      expect(await counts()).toMatchObject(expected)
    }
  })
})

describe('deleted suggestions and findings', () => {
  it.each([
    ['today', daysAgo(0)],
    ['a day that was rolled up', daysAgo(400)],
  ])('stay counted on %s: of a person, by the retention, of a deleted person', async (_when, day) => {
    const ana = await system.person()
    const ids = await acceptance.seed(ana, day)
    await acceptance.rollUp()
    const before = await acceptance.answer(ana, { from: day })
    const deletions: [string, unknown[]][] = [
      ['delete from public.ai_generations where id = any ($1)', [[...ids.slice(0, 10), ...ids.slice(-2)]]],
      ['select recto.drop_generations(0, 1000)', []],
      ['delete from auth.users where id = $1', [ana.id]],
    ]
    for (const [text, values] of deletions) {
      await system.admin.query(text, values)
      expect(await acceptance.answer(ana, { from: day })).toEqual(before)
      // A new count of the day from the remaining rows gives the same.
      await system.admin.query('insert into recto.usage_stale_days (day, account_id) values ($1, $2)', [day, ana.id])
      expect(await acceptance.answer(ana, { from: day })).toEqual(before)
      await acceptance.rollUp()
      expect(await acceptance.answer(ana, { from: day })).toEqual(before)
    }
  })

  it('of an erased person stay counted in the team and for operators, without the person', async () => {
    const [ana, ben] = [await system.person(), await system.person()]
    const team = await createTeam(system, ben.id, [[ana.id, 'member']])
    const days = [daysAgo(6), daysAgo(0)]
    for (const day of days)
      for (const account of [team, ana.id]) await acceptance.seed(ana, day, { account, count: 15 })
    await acceptance.rollUp()
    const asked = { account: team, from: days[0] ?? '', to: days[1] ?? '' }
    const operators = async () => {
      const text =
        'select kind, flags, prompt_version, sum(suggestions) as n, sum(accepted) as a, sum(intended) as i, sum(other) as o from operator.acceptance group by 1, 2, 3 order by 1, 2, 3'
      return (await system.admin.query(text)).rows
    }
    const [before, beforeAll] = [await acceptance.answer(ben, asked), await operators()]

    await call(system, ana.id, 'recto.begin_erasure()')
    await call(system, ana.id, 'recto.continue_erasure(1000)')
    await acceptance.rollUp()
    expect(await acceptance.answer(ben, asked)).toEqual(before)
    expect(await operators()).toEqual(beforeAll)
    for (const table of ['acceptance_daily', 'acceptance_deleted']) {
      const text = `select from recto.${table} where user_id = $1 or account_id = $1`
      expect((await system.admin.query(text, [ana.id])).rowCount).toBe(0)
    }
    expect(await acceptance.answer(ana, { from: asked.from, to: asked.to })).toMatchObject({ data: [], totals: [] })
  })
})
