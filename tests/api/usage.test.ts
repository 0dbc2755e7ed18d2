import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { costOf, whenOver } from '../support/generations.ts'
import { plainOutcomes, seedReviews, varyOutcomes } from '../support/outcomes.ts'
import { plainUsage } from '../support/plain-usage.ts'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { daysAgo, seedDay } from '../support/usage-days.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf, type Reply } from './client.ts'

const path = '/api/ai/usage'
const Sums = z.record(z.string(), z.unknown())
const Answer = z.strictObject({ data: z.array(Sums), total: Sums, forecast: Sums, next_cursor: z.null() })
const answerOf = ({ json }: Reply) => Answer.parse(json)

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
  apiSystem.system.model.setScript([
    { match: { text: 'says-nothing' }, content: '{"cards": []}' },
    { match: { text: 'is-busy' }, times: 1, status: 503, body: {} },
    { match: { text: 'is-slow' }, latency_ms: 60_000 },
  ])
  await apiSystem.system.startWorker({ RECTO_CACHE_TTL_SECONDS: '600' })
})
afterAll(() => apiSystem?.stop())

const today = () => daysAgo(0)

/** Submits a text and waits until the generation has ended. Returns its id. */
const run = async (person: ApiPerson, source_text: string, headers: Record<string, string> = {}): Promise<string> => {
  const id = idOf(await person.submit({ source_text }, headers))
  await whenOver(apiSystem.system, id)
  return id
}

describe('GET /api/ai/usage', () => {
  let ana: ApiPerson
  let made: string
  beforeAll(async () => {
    ana = await apiSystem.person()
    const again = newText()
    made = await run(ana, again)
    const live = idOf(await ana.submit({ source_text: newText({ marker: 'is-slow' }) }))
    await Promise.all([
      ...Array.from({ length: 5 }, () => run(ana, newText())),
      ...Array.from({ length: 2 }, () => run(ana, again)),
      run(ana, newText({ marker: 'says-nothing' })),
      run(ana, newText({ marker: 'is-busy' })),
    ])
    await ana.call('POST', `${generationsPath}/${live}/cancel`)
    await apiSystem.system.admin.query(
      `update public.ai_suggestions set status = case position % 3 when 0 then 'rejected' when 1 then 'accepted' else status end,
         edited = position % 2 = 1 where user_id = $1`,
      [ana.id],
    )
    await whenOver(apiSystem.system, live)
    const open = 'select from public.ai_calls where user_id = $1 and (outcome is null or settle_after is not null)'
    await until(async () => (await apiSystem.system.admin.query(open, [ana.id])).rowCount === 0, {
      what: 'the end and settlement of all calls',
      timeoutMs: 30_000,
    })
  })

  it.each(['day', 'model', 'person'])('equals plain SQL, grouped by %s', async (by) => {
    const { data, total } = answerOf(await ana.call('GET', `${path}?group_by=${by}`))
    const plain = await plainUsage(apiSystem.system.admin, ana.id, `${today().slice(0, 7)}-01`, today())
    expect(total).toEqual(plain)
    expect(total).toMatchObject({ generations: 11, failed: 1, cancelled: 1, cached: 2, succeeded: 9, people: 1 })
    if (by === 'day') expect(data).toEqual([{ day: today(), ...plain }])
    if (by === 'person') expect(data).toEqual([{ user_id: ana.id, ...plain }])
    if (by === 'model') expect(data.map(({ generations }) => Number(generations)).reduce((a, b) => a + b)).toBe(11)
  })

  it('counts the original cost of cached generations as saved', async () => {
    const { total } = answerOf(await ana.call('GET', path))
    expect(Number(total.saved_usd)).toBeCloseTo(2 * Number(await costOf(apiSystem.system, made)), 7)
    expect(Number(total.saved_usd)).toBeGreaterThan(0)
  })

  it('does not change when a generation is deleted', async () => {
    const before = answerOf(await ana.call('GET', path)).total
    expect((await ana.call('DELETE', `${generationsPath}/${made}`)).status).toBe(204)
    expect(answerOf(await ana.call('GET', path)).total).toEqual(before)
  })

  it('forecasts the month and names the method', async () => {
    const { forecast, total } = answerOf(await ana.call('GET', path))
    expect(forecast).toMatchObject({
      month: today().slice(0, 7),
      spent_usd: total.cost_usd,
      method: expect.any(String),
    })
    expect(Number(forecast.cost_usd)).toBeGreaterThanOrEqual(Number(forecast.spent_usd))
  })
})

describe('access to usage', () => {
  it('answers 401 without a token', async () => {
    expect(outcomeOf(await apiSystem.send('GET', path))).toBe('401 unauthorized')
  })

  it('shows a team’s usage to its members only, by header or query', async () => {
    const [ana, ben, outsider] = [await apiSystem.person(), await apiSystem.person(), await apiSystem.person()]
    const team = await createTeam(apiSystem.system, ana.id, [[ben.id, 'member']])
    const header = { headers: { 'x-recto-account': team } }
    await Promise.all([run(ana, newText(), header.headers), run(ben, newText(), header.headers), run(ben, newText())])
    for (const { call } of [ana, ben]) {
      const { data } = answerOf(await call('GET', `${path}?group_by=person&account_id=${team}`))
      expect(data).toHaveLength(2)
      for (const { user_id, ...sums } of data)
        expect(sums).toEqual(await plainUsage(apiSystem.system.admin, team, today(), today(), String(user_id)))
      expect(answerOf(await call('GET', `${path}?group_by=person`, header)).data).toEqual(data)
    }
    const own = await ben.call('GET', path)
    expect(answerOf(own).total).toMatchObject({ generations: 1 })
    expect(own.headers.get('vary')).toContain('X-Recto-Account')
    expect(outcomeOf(await outsider.call('GET', path, header))).toBe('403 not_a_member')
    expect(outcomeOf(await outsider.call('GET', `${path}?account_id=${ana.id}`))).toBe('403 not_a_member')
    expect(outcomeOf(await outsider.call('GET', `${path}?account_id=${crypto.randomUUID()}`))).toBe('403 not_a_member')
    expect(outcomeOf(await ana.call('GET', `${path}?account_id=${ana.id}`, header))).toBe('400 invalid_request')
  })
})

describe('the period of a request', () => {
  it('includes exactly the named days', async () => {
    const ana = await apiSystem.person()
    for (const days of [2, 3, 4])
      await seedDay(apiSystem.system.admin, { person: ana.id, day: daysAgo(days), count: 10 })
    const { data, total } = answerOf(await ana.call('GET', `${path}?from=${daysAgo(3)}&to=${daysAgo(2)}`))
    expect(data.map(({ day }) => day)).toEqual([daysAgo(3), daysAgo(2)])
    expect(total).toEqual(await plainUsage(apiSystem.system.admin, ana.id, daysAgo(3), daysAgo(2)))
  })

  it.each([
    'from=2026-02-30',
    'from=yesterday',
    'from=2026-01-02&to=2026-01-01',
    'from=2024-01-01&to=2025-01-01',
    'group_by=hour',
    'account_id=me',
    'since=2026-01-01',
  ])('answers 400 for ?%s', async (query) => {
    const ana = await apiSystem.person()
    expect(outcomeOf(await ana.call('GET', `${path}?${query}`))).toBe('400 invalid_request')
  })
})

describe('GET /api/ai/usage?group_by=prompt_version|language|flag', () => {
  const Acceptance = z.strictObject({ data: z.array(Sums), totals: z.array(Sums), next_cursor: z.null() })
  const [from, to] = [daysAgo(3), daysAgo(0)]
  const seed = async (person: string, account: string, day: string) => {
    await varyOutcomes(
      apiSystem.system.admin,
      await seedDay(apiSystem.system.admin, { person, account, day, count: 25 }),
    )
    await seedReviews(apiSystem.system.admin, { person, account, day, count: 3 })
  }
  const byName = (rows: Record<string, unknown>[]) =>
    rows.toSorted((a, b) => (JSON.stringify([a.kind, a.key]) < JSON.stringify([b.kind, b.key]) ? -1 : 1))

  it.each(['prompt_version', 'language', 'flag'] as const)(
    'answers a person and a team’s members what was decided, by %s, and nobody else',
    async (by) => {
      const [ana, ben, outsider] = [await apiSystem.person(), await apiSystem.person(), await apiSystem.person()]
      const team = await createTeam(apiSystem.system, ana.id, [[ben.id, 'member']])
      await seed(ana.id, team, from)
      await seed(ben.id, team, to)
      await seed(ben.id, ben.id, to)
      const query = `group_by=${by}&from=${from}&to=${to}`
      const asked = [
        [ana, team],
        [ben, team],
        [ben, ben.id],
      ] as const
      for (const [{ call }, account] of asked) {
        const { data, totals } = Acceptance.parse((await call('GET', `${path}?${query}&account_id=${account}`)).json)
        const plain = (key?: typeof by) => plainOutcomes(apiSystem.system.admin, account, [from, to], key)
        expect(byName(data.map(({ [by]: key, ...counts }) => ({ key, ...counts })))).toEqual(byName(await plain(by)))
        expect(byName(totals.map((total) => ({ key: null, ...total })))).toEqual(await plain())
      }
      const own = Acceptance.parse((await ana.call('GET', `${path}?${query}`)).json)
      expect(own).toEqual({ data: [], totals: [], next_cursor: null })
      for (const account of [team, ana.id, crypto.randomUUID()])
        expect(outcomeOf(await outsider.call('GET', `${path}?${query}&account_id=${account}`))).toBe('403 not_a_member')
      expect(outcomeOf(await ana.call('GET', `${path}?${query}&account_id=${ben.id}`))).toBe('403 not_a_member')
    },
  )

  it('counts a review by the API at once, and its undoing', async () => {
    const ana = await apiSystem.person()
    await run(ana, newText())
    const { data } = z
      .object({ data: z.array(z.object({ id: z.string() })) })
      .parse((await ana.call('GET', '/api/ai/suggestions')).json)
    const id = data[0]?.id
    const decide = (body: object) => ana.call('PATCH', `/api/ai/suggestions/${id}`, { body })
    const total = async () => Acceptance.parse((await ana.call('GET', `${path}?group_by=flag`)).json).totals[0]
    expect((await decide({ action: 'reject', reason: 'too_easy' })).status).toBe(200)
    expect(await total()).toMatchObject({ rejected: 1, reject_reasons: { too_easy: 1 }, acceptance_rate: 0 })
    expect((await decide({ action: 'undo' })).status).toBe(200)
    expect((await decide({ action: 'accept', back: 'Mine' })).status).toBe(200)
    expect(await total()).toMatchObject({ accepted: 1, edited: 1, rejected: 0, acceptance_rate: 1 })
  })
})
