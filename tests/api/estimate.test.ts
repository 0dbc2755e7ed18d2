import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { addAdmissions } from '../support/admissions.ts'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf, type Reply } from './client.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.stop())
beforeEach(() =>
  apiSystem.system.plan('free', {
    per_window: 5,
    window_seconds: 300,
    per_day: 10,
    per_month: null,
    tokens_per_hour: 200_000,
    concurrent: 2,
    allowed_models: null,
    monthly_budget_usd: 0.5,
  }),
)

const Answer = z.object({ data: z.object({ would_be: z.string() }) })
const wouldBe = ({ json }: Reply): string => Answer.parse(json).data.would_be
const ask = (person: ApiPerson, body: object = {}, headers: Record<string, string> = {}) =>
  person.call('POST', `${generationsPath}?dry_run=true`, { body: { source_text: newText(), ...body }, headers })
const limitsOf = (person: ApiPerson, query = '', headers: Record<string, string> = {}) =>
  person.call('GET', `/api/ai/limits${query}`, { headers })
const countRows = async ({ id }: ApiPerson) => {
  const { rows } = await apiSystem.system.admin.query(
    `select (select count(*)::int from public.ai_generations where user_id = $1)
       + (select count(*)::int from recto.admissions where account_id = $1)
       + (select count(*)::int from public.accounts where id = $1) as traces, (select count(*)::int from pgboss.job) as jobs`,
    [id],
  )
  return rows[0]
}

describe('POST /api/ai/generations?dry_run=true', () => {
  it('answers cost, models and remaining limits, and stores nothing', async () => {
    const person = await apiSystem.person()
    const before = await countRows(person)
    for (let n = 0; n < 7; n++) expect(wouldBe(await ask(person))).toBe('accepted')
    const answer = await ask(person)
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({
      data: {
        model: 'balanced',
        models: expect.arrayContaining([expect.any(String)]),
        aliases: expect.arrayContaining([expect.objectContaining({ model: 'fast', max_cost_usd: expect.any(String) })]),
        would_be: 'accepted',
      },
    })
    const costs = z.object({ data: z.object({ max_cost_usd: z.string(), expected_cost_usd: z.string() }) })
    const { max_cost_usd, expected_cost_usd } = costs.parse(answer.json).data
    expect(Number(expected_cost_usd)).toBeGreaterThan(0.0001)
    expect(Number(max_cost_usd)).toBeGreaterThan(Number(expected_cost_usd))
    expect(Number(max_cost_usd)).toBeLessThan(0.1)
    expect(answer.headers.get('ratelimit')).toBe('"generations";r=5;t=0, "day";r=10;t=0')
    expect(await countRows(person)).toEqual(before)
    expect(answer.json).toMatchObject({
      data: { limits: z.object({ data: z.array(z.unknown()) }).parse((await limitsOf(person)).json).data },
    })
  })

  it('answers whether the submission would wait, or the code of its denial', async () => {
    const person = await apiSystem.person()
    for (let n = 0; n < 2; n++) idOf(await person.submit())
    expect(wouldBe(await ask(person))).toBe('waiting')
    await apiSystem.system.plan('free', { allowed_models: ['fast'] })
    expect(wouldBe(await ask(person))).toBe('plan_limit')
    expect(wouldBe(await ask(person, { model: 'fast' }))).toBe('waiting')
    await apiSystem.system.plan('free', { allowed_models: null, per_window: 2 })
    expect(wouldBe(await ask(person))).toBe('rate_limited')
    await apiSystem.system.plan('free', { per_window: 5, per_day: 1 })
    expect(wouldBe(await ask(person))).toBe('quota_exceeded')
    await apiSystem.system.plan('free', { per_day: 10, monthly_budget_usd: 0 })
    expect(wouldBe(await ask(person))).toBe('plan_limit')
    await apiSystem.system.plan('free', { monthly_budget_usd: 1 })
    await apiSystem.system.admin.query(
      'insert into recto.spending (account_id, month, spent_usd) values ($1, recto.month_of(now()), 1)',
      [person.id],
    )
    expect(wouldBe(await ask(person))).toBe('budget_exceeded')
  })

  it('answers the errors of a submission, except those of limits', async () => {
    const person = await apiSystem.person()
    const ana = await apiSystem.person()
    expect(outcomeOf(await ask(person, { source_text: 'short' }))).toBe('400 invalid_text')
    expect(outcomeOf(await ask(person, { model: 'none' }))).toBe('400 unknown_model')
    expect(outcomeOf(await ask(person, {}, { 'x-recto-account': ana.id }))).toBe('403 not_a_member')
    expect(
      outcomeOf(await person.call('POST', `${generationsPath}?dry_run=yes`, { body: { source_text: newText() } })),
    ).toBe('400 invalid_request')
  })

  it('answers 429 for more dry runs than a window holds, also at the same time and for several accounts', async () => {
    const [person, other] = [await apiSystem.person(), await apiSystem.person()]
    const team = await createTeam(apiSystem.system, person.id)
    await apiSystem.system.admin.query('update recto.settings set dry_runs_per_window = 3')
    try {
      expect(outcomeOf(await ask(person, { model: 'none' }))).toBe('400 unknown_model')
      const named = { 'x-recto-account': team }
      const replies = await Promise.all([0, 1, 2, 3, 4].map((n) => ask(person, {}, n % 2 === 0 ? named : {})))
      expect(replies.map(outcomeOf).toSorted()).toEqual(['200', '200', '200', '429 rate_limited', '429 rate_limited'])
      const denied = await ask(person)
      const retryAfter = Number(denied.headers.get('retry-after'))
      expect(retryAfter).toBeGreaterThan(0)
      expect(retryAfter).toBeLessThanOrEqual(60)
      expect(denied.json).toMatchObject({ limit: { name: 'dry_runs', limit: 3, remaining: 0, window_seconds: 60 } })
      expect(denied.headers.get('ratelimit')).toBe(`"dry_runs";r=0;t=${retryAfter}`)
      expect(outcomeOf(await ask(other))).toBe('200')
      idOf(await person.submit())
      await apiSystem.system.admin.query(
        `update recto.dry_runs set began_at = began_at - interval '1 minute' where user_id = $1`,
        [person.id],
      )
      expect(outcomeOf(await ask(person))).toBe('200')
      await apiSystem.system.admin.query('update recto.settings set dry_runs_per_window = 0')
      expect(outcomeOf(await ask(await apiSystem.person()))).toBe('429 rate_limited')
    } finally {
      await apiSystem.system.admin.query('update recto.settings set dry_runs_per_window = 60')
    }
  })

  it('does not use up an idempotency key', async () => {
    const person = await apiSystem.person()
    const body = { source_text: newText() }
    const key = { 'idempotency-key': 'lesson-1' }
    await ask(person, body, key)
    idOf(await person.submit({ source_text: newText() }, key))
  })
})

describe('GET /api/ai/limits', () => {
  it('lists every limit with what is used, what is left and when it frees', async () => {
    const person = await apiSystem.person()
    await addAdmissions(apiSystem.system, person.id, [1000, 100], 3000)
    idOf(await person.submit())
    await apiSystem.system.admin.query(
      `insert into recto.spending (account_id, month, spent_usd, reserved_usd)
       values ($1, date_trunc('month', now() at time zone 'UTC'), 0.125, 0.25)`,
      [person.id],
    )
    const answer = await limitsOf(person)
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    const counted = (name: string, limit: number, used: number, window_seconds: number) => ({
      name,
      limit,
      used,
      remaining: limit - used,
      window_seconds,
      resets_at: time,
    })
    expect(answer.json).toEqual({
      plan: 'free',
      account_id: person.id,
      next_cursor: null,
      data: [
        counted('generations', 5, 2, 300),
        counted('day', 10, 3, 86_400),
        { ...counted('tokens', 200_000, 0, 3600), used: expect.any(Number), remaining: expect.any(Number) },
        { name: 'concurrent', limit: 2, used: 1, remaining: 1, window_seconds: null, resets_at: null },
        { name: 'characters', limit: 10_000, used: null, remaining: null, window_seconds: null, resets_at: null },
        { name: 'budget', limit: '0.5', used: '0.125', remaining: '0.125', window_seconds: null, resets_at: time },
        { name: 'connection_checks', limit: 10, used: 0, remaining: 10, window_seconds: 60, resets_at: null },
        { name: 'dry_runs', limit: 60, used: 0, remaining: 60, window_seconds: 60, resets_at: null },
      ],
    })
    const { data } = z
      .object({ data: z.array(z.object({ name: z.string(), resets_at: z.string().nullable() })) })
      .parse(answer.json)
    const resetOf = (name: string) => new Date(data.find((limit) => limit.name === name)?.resets_at ?? '')
    const seconds = (resetOf('generations').getTime() - Date.now()) / 1000
    expect(seconds).toBeGreaterThan(190)
    expect(seconds).toBeLessThanOrEqual(200)
    expect(resetOf('budget').getUTCDate()).toBe(1)
  })

  it('lists the limits of a named team to its members only', async () => {
    const [ana, ben, eve] = [await apiSystem.person(), await apiSystem.person(), await apiSystem.person()]
    const team = await createTeam(apiSystem.system, ana.id, [[ben.id, 'member']])
    await apiSystem.system.admin.query(`update public.accounts set plan = 'starter' where id = $1`, [team])
    idOf(await ana.submit({ source_text: newText(), account_id: team }))
    const expected = {
      plan: 'starter',
      account_id: team,
      data: expect.arrayContaining([expect.objectContaining({ name: 'day', limit: 100, used: 1 })]),
    }
    expect((await limitsOf(ben, `?account_id=${team}`)).json).toMatchObject(expected)
    expect((await limitsOf(ben, '', { 'x-recto-account': team })).json).toMatchObject(expected)
    expect((await limitsOf(ben)).json).toMatchObject({ plan: 'free', account_id: ben.id })
    for (const account of [team, ana.id, '00000000-0000-4000-8000-00000000abcd'])
      expect(outcomeOf(await limitsOf(eve, `?account_id=${account}`))).toBe('403 not_a_member')
    expect(outcomeOf(await limitsOf(ben, `?account_id=${team}`, { 'x-recto-account': ben.id }))).toBe(
      '400 invalid_request',
    )
    expect((await apiSystem.send('GET', '/api/ai/limits')).status).toBe(401)
  })
})
