import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { addAdmissions } from '../support/admissions.ts'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, callAs, generationsPath, startApiSystem } from './api-system.ts'
import { connect, type Reply, type Send } from './client.ts'

const open = {
  per_window: 1000,
  window_seconds: 300,
  burst: 0,
  per_day: null,
  per_month: null,
  tokens_per_hour: null,
  concurrent: null,
  max_characters: 10_000,
  allowed_models: null,
  monthly_budget_usd: null,
}

let apiSystem: ApiSystem
let other: Send
beforeAll(async () => {
  apiSystem = await startApiSystem()
  other = await connect((await apiSystem.system.startApi()).url)
})
afterAll(() => apiSystem?.stop())
beforeEach(() => apiSystem.system.plan('free', open))

const Problem = z.object({ code: z.string(), limit: z.object({ name: z.string() }), retry_after: z.int() })
const outcomeWithLimit = ({ status, json }: Reply): string => {
  if (status < 400) return String(status)
  const { code, limit } = Problem.parse(json)
  return `${code} ${limit.name}`
}

const clientOf = ({ token }: ApiPerson): SupabaseClient => {
  const { supabaseUrl, publishableKey } = apiSystem.system.supabase
  return createClient(supabaseUrl, publishableKey, { accessToken: async () => token })
}
/** The ways to submit: through two API processes, and by a direct insert. */
const waysOf = (person: ApiPerson, account_id: string) => {
  const body = () => ({ source_text: newText(), account_id })
  const direct = async () => {
    const { status, error } = await clientOf(person).from('ai_generations').insert(body())
    if (status === 201) return '202'
    const { name } = z.object({ name: z.string() }).parse(JSON.parse(error?.details ?? ''))
    return `${/generations|sustained/.test(name) ? 'rate_limited' : 'quota_exceeded'} ${name}`
  }
  const through = (send: Send) => async () =>
    outcomeWithLimit(await callAs(send, person)('POST', generationsPath, { body: body() }))
  return [through(apiSystem.send), direct, through(other)]
}
const atOnce = (count: number, paths: (() => Promise<string>)[]) =>
  Promise.all(Array.from({ length: count }, (_, n) => paths[n % paths.length]?.()))

const tokensEach = Math.floor(Buffer.byteLength(newText()) / 3) + 2000

const races: [name: string, plan: object, accepted: number, denial: string][] = [
  ['window', { per_window: 5 }, 5, 'rate_limited generations'],
  ['window with a burst', { per_window: 5, burst: 4 }, 9, 'rate_limited generations'],
  ['ten windows of a burst', { per_window: 1, burst: 100 }, 10, 'rate_limited sustained'],
  ['day', { per_day: 7 }, 7, 'quota_exceeded day'],
  ['month', { per_month: 6 }, 6, 'quota_exceeded month'],
  ['tokens', { tokens_per_hour: 4 * tokensEach + 100 }, 4, 'quota_exceeded tokens'],
]

describe('concurrent submissions over two API processes and PostgREST', () => {
  it.each(races)('admit exactly what the %s allows', async (_name, plan, accepted, denial) => {
    await apiSystem.system.plan('free', plan)
    const person = await apiSystem.person()
    const outcomes = await atOnce(8 * accepted, waysOf(person, person.id))
    expect(outcomes.toSorted()).toEqual([...Array(accepted).fill('202'), ...Array(7 * accepted).fill(denial)])
    const { rows } = await apiSystem.system.admin.query(
      `select (select count(*)::int from public.ai_generations where user_id = $1) as generations,
         (select count(*)::int from recto.admissions where account_id = $1) as admissions,
         (select max(seq)::int from recto.admissions where account_id = $1) as last`,
      [person.id],
    )
    expect(rows).toEqual([{ generations: accepted, admissions: accepted, last: accepted }])
  })

  it.each(races)('of two members of a team share the %s', async (_name, plan, accepted, denial) => {
    await apiSystem.system.plan('free', plan)
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    const team = await createTeam(apiSystem.system, ana.id, [[ben.id, 'member']])
    const outcomes = await atOnce(6 * accepted, [...waysOf(ana, team), ...waysOf(ben, team)])
    expect(outcomes.toSorted()).toEqual([...Array(accepted).fill('202'), ...Array(5 * accepted).fill(denial)])
    // The personal accounts of the members are unaffected.
    expect(outcomeWithLimit(await ben.submit())).toBe('202')
  })

  it('are all admitted below every limit', async () => {
    await apiSystem.system.plan('free', {
      per_window: 6,
      burst: 1,
      per_day: 6,
      per_month: 6,
      tokens_per_hour: 6 * tokensEach + 100,
    })
    const people = await Promise.all(Array.from({ length: 30 }, () => apiSystem.person()))
    const outcomes = await Promise.all(people.map((person) => atOnce(6, waysOf(person, person.id))))
    expect(new Set(outcomes.flat())).toEqual(new Set(['202']))
  })
})

describe('a denied submission', () => {
  it('names the limit that frees last with its numbers and lists every window', async () => {
    await apiSystem.system.plan('free', { per_window: 2, per_day: 3, per_month: 50, tokens_per_hour: 1_000_000 })
    const person = await apiSystem.person()
    await addAdmissions(apiSystem.system, person.id, [86_000, 200, 100])
    const answer = await person.submit()
    expect(answer.json).toMatchObject({
      code: 'quota_exceeded',
      limit: { name: 'day', limit: 3, remaining: 0, window_seconds: 86_400 },
    })
    const { retry_after } = Problem.parse(answer.json)
    expect(retry_after).toBeGreaterThan(350)
    expect(retry_after).toBeLessThanOrEqual(400)
    expect(answer.headers.get('retry-after')).toBe(String(retry_after))
    expect(answer.headers.get('ratelimit-policy')).toBe(
      '"generations";q=2;w=300, "day";q=3;w=86400, "month";q=50;w=2592000',
    )
    expect(answer.headers.get('ratelimit')).toMatch(
      new RegExp(`^"generations";r=0;t=\\d+, "day";r=0;t=${retry_after}, "month";r=47;t=\\d+$`),
    )
    expect([answer.headers.get('x-ratelimit-limit'), answer.headers.get('x-ratelimit-remaining')]).toEqual(['2', '0'])
  })

  it('over the token limit says when enough tokens will have left the window', async () => {
    await apiSystem.system.plan('free', { tokens_per_hour: 10_000 })
    const person = await apiSystem.person()
    await addAdmissions(apiSystem.system, person.id, [3500, 3400, 100], 3000)
    const { retry_after } = Problem.parse((await person.submit()).json)
    // 9,000 of 10,000 tokens count. The submission needs at least 2,400, so it fits once the oldest 3,000 have left.
    expect(retry_after).toBeGreaterThan(90)
    expect(retry_after).toBeLessThanOrEqual(100)
  })

  it('answers 403 plan_limit for a text or a model that the plan does not include', async () => {
    await apiSystem.system.plan('free', { max_characters: 2000, allowed_models: ['fast', 'balanced'] })
    const person = await apiSystem.person()
    const long = await person.submit({ source_text: newText({ length: 3000 }) })
    expect([long.status, long.json]).toMatchObject([
      403,
      { code: 'plan_limit', limit: { name: 'characters', limit: 2000 } },
    ])
    const dear = await person.submit({ source_text: newText(), model: 'best' })
    expect([dear.status, dear.json]).toMatchObject([403, { code: 'plan_limit', limit: { name: 'models' } }])
    expect(outcomeWithLimit(await person.submit({ source_text: newText(), model: 'fast' }))).toBe('202')
  })

  it('answers 402 once the budget is used up, but a used idempotency key gets its earlier answer', async () => {
    await apiSystem.system.plan('free', { monthly_budget_usd: 0.5 })
    const person = await apiSystem.person()
    const body = { source_text: newText() }
    const first = await person.submit(body, { 'idempotency-key': 'lesson-1' })
    await apiSystem.system.admin.query(
      `insert into recto.spending (account_id, month, spent_usd) values ($1, date_trunc('month', now() at time zone 'UTC'), 0.5)`,
      [person.id],
    )
    const answer = await person.submit()
    expect([answer.status, answer.json]).toMatchObject([
      402,
      { code: 'budget_exceeded', limit: { name: 'budget', scope: 'account', budget_usd: '0.5', spent_usd: '0.5' } },
    ])
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(31 * 86_400)
    const direct = await clientOf(person).from('ai_generations').insert({ source_text: newText() })
    expect([direct.status, direct.error?.code]).toEqual([402, 'PT402'])
    expect((await person.submit(body, { 'idempotency-key': 'lesson-1' })).json).toEqual(first.json)
  })

  it('does not show the numbers of the deployment’s budget', async () => {
    const { admin } = apiSystem.system
    await admin.query(
      `insert into recto.spending (account_id, month, spent_usd)
       values (recto.deployment_account(), date_trunc('month', now() at time zone 'UTC'), 7)`,
    )
    await admin.query('update recto.settings set monthly_budget_usd = 7')
    try {
      const answer = await (await apiSystem.person()).submit()
      expect([answer.status, answer.json]).toMatchObject([402, { limit: { name: 'budget', scope: 'deployment' } }])
      expect(answer.text).not.toContain('7 USD')
      expect(answer.json).not.toHaveProperty('limit.budget_usd')
    } finally {
      await admin.query('update recto.settings set monthly_budget_usd = null')
    }
  })

  it('follows an override until it expires', async () => {
    await apiSystem.system.plan('free', { per_day: 1 })
    const person = await apiSystem.person()
    await apiSystem.system.admin.query(
      `insert into recto.account_overrides (account_id, changes, expires_at) values
         ($1, '{"per_day": 3}', now() + interval '1 day'), ($1, '{"per_day": 90}', now() - interval '1 second')`,
      [person.id],
    )
    const outcomes = []
    for (let n = 0; n < 4; n++) outcomes.push(outcomeWithLimit(await person.submit()))
    expect(outcomes).toEqual(['202', '202', '202', 'quota_exceeded day'])
  })
})
