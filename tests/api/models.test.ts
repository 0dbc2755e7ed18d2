import { until } from '@recto/local/until'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { givePlan } from '../support/plan.ts'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'
import { type List, listOf, regionsIn } from './model-list.ts'

const path = '/api/ai/models'
let apiSystem: ApiSystem
let worker: pg.Pool
let ana: ApiPerson
let ben: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  worker = apiSystem.system.workerPool(1)
  ;[ana, ben] = [await apiSystem.person(), await apiSystem.person()]
})
afterAll(() => apiSystem?.stop())

/** The names that the account may request, aliases first. */
const allowedIn = ({ aliases, data }: z.infer<typeof List>) => [
  ...aliases.flatMap(({ name, allowed }) => (allowed ? name : [])),
  ...data.flatMap(({ id, allowed }) => (allowed ? id : [])),
]
const override = (account: string, changes: object) =>
  apiSystem.system.admin.query(
    `insert into recto.account_overrides (account_id, changes, expires_at) values ($1, $2, now() + interval '1 day')`,
    [account, changes],
  )
const keepToEu = (account: string) =>
  apiSystem.system.admin.query(
    `insert into recto.account_settings (account_id, data_residency) values ($1, 'eu') on conflict do nothing`,
    [account],
  )

/** Records that a worker had a key for a route some seconds ago. */
const seen = (provider: string, model: string, secondsAgo = 0, state = 'closed') =>
  worker.query(
    `insert into public.ai_routes_health (provider, model, region, state, seen_at)
     values ($1, $2, 'eu', $3, now() - make_interval(secs => $4))
     on conflict (provider, model) do update set state = excluded.state, seen_at = excluded.seen_at`,
    [provider, model, state, secondsAgo],
  )

describe('GET /api/ai/models', () => {
  it('answers 401 without a token', async () => {
    expect(outcomeOf(await apiSystem.send('GET', path))).toBe('401 unauthorized')
  })

  it('lists all models of the catalog with prices, regions and names', async () => {
    const answer = await ana.call('GET', path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('private, no-cache')
    const list = listOf(answer)
    expect(list).toMatchObject({ next_cursor: null, default: 'balanced' })
    expect(list.aliases.map(({ name }) => name)).toEqual(['fast', 'balanced', 'best'])
    expect(list.data.find(({ id }) => id === 'openai/gpt-oss-120b')).toEqual({
      id: 'openai/gpt-oss-120b',
      aliases: ['balanced'],
      context_tokens: 131_072,
      quality: 60,
      regions: ['global', 'eu'],
      prices: [
        expect.objectContaining({ provider: 'openrouter', region: 'global', currency: 'USD' }),
        {
          provider: 'scaleway',
          region: 'eu',
          input_per_million: '0.15',
          output_per_million: '0.60',
          currency: 'EUR',
          as_of: '2026-09-29',
        },
      ],
      available: false,
      allowed: true,
    })
    expect(allowedIn(list)).toEqual([...list.aliases.map(({ name }) => name), ...list.data.map(({ id }) => id)])
  })

  it('shows a model as available while a worker has a usable route', async () => {
    await seen('scaleway', 'mistral-small-3.2-24b-instruct-2506')
    await seen('openrouter', 'openai/gpt-5-mini', 180)
    const id = 'mistralai/mistral-small-3.2-24b-instruct'
    const available = async () =>
      listOf(await ana.call('GET', path)).data.flatMap((model) => (model.available ? model.id : []))
    await until(async () => (await available()).length > 0, { what: 'the news of a route', timeoutMs: 30_000 })
    expect(await available()).toEqual([id])
    const { aliases } = listOf(await ana.call('GET', path))
    expect(aliases.filter(({ available }) => available)).toEqual([
      { name: 'fast', models: ['openai/gpt-oss-20b', id], available: true, allowed: true },
      { name: 'balanced', models: ['openai/gpt-oss-120b', id], available: true, allowed: true },
    ])
  })

  it('answers 304 for its own ETag, and another list has another ETag', async () => {
    const etag = (await ana.call('GET', path)).headers.get('etag') ?? ''
    const again = await ana.call('GET', path, { headers: { 'if-none-match': etag } })
    expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag])
    expect((await ana.call('GET', path, { headers: { 'if-none-match': 'W/"other"' } })).status).toBe(200)
  })
})

describe('an account with residency eu', () => {
  it('lists only models in the EU, and other accounts list all', async () => {
    await keepToEu(ben.id)
    const list = listOf(await ben.call('GET', path))
    expect(regionsIn(list)).toEqual(['eu'])
    expect(list.data.map(({ id }) => id)).not.toContain('openai/gpt-oss-20b')
    expect(list.aliases.find(({ name }) => name === 'fast')?.models).toEqual([
      'mistralai/mistral-small-3.2-24b-instruct',
    ])
    expect(regionsIn(listOf(await ana.call('GET', path)))).toEqual(['eu', 'global'])
  })
})

describe('the allowed models of a plan', () => {
  const outcomeFor = async (person: ApiPerson, model?: string) =>
    outcomeOf(await person.submit({ source_text: newText(), ...(model !== undefined && { model }) }))

  it('are exactly the listed names, ids or aliases, and no other name of the same model', async () => {
    const person = await apiSystem.person()
    await givePlan(apiSystem.system, person.id, { allowed_models: ['fast', 'openai/gpt-oss-120b'] })
    const list = listOf(await person.call('GET', path))
    expect(allowedIn(list)).toEqual(['fast', 'openai/gpt-oss-120b'])
    expect(list.default).toBeNull()
    expect(list.data.map(({ id }) => id)).toEqual(listOf(await ana.call('GET', path)).data.map(({ id }) => id))
    expect(await outcomeFor(person)).toBe('403 plan_limit')
    for (const name of [...list.aliases.map(({ name }) => name), ...list.data.map(({ id }) => id)])
      expect(await outcomeFor(person, name), name).toBe(allowedIn(list).includes(name) ? '202' : '403 plan_limit')
  })

  it('follow an override until it expires, and change the ETag', async () => {
    const person = await apiSystem.person()
    await givePlan(apiSystem.system, person.id, { allowed_models: ['fast'] })
    const etag = (await person.call('GET', path)).headers.get('etag') ?? ''
    const again = () => person.call('GET', path, { headers: { 'if-none-match': etag } })
    expect((await again()).status).toBe(304)
    await override(person.id, { allowed_models: ['balanced', 'best'] })
    const answer = await again()
    expect([answer.status, allowedIn(listOf(answer))]).toEqual([200, ['balanced', 'best']])
    expect(listOf(answer).default).toBe('balanced')
    await override(person.id, { allowed_models: null })
    expect(allowedIn(listOf(await again()))).toContain('openai/gpt-oss-20b')
    await apiSystem.system.admin.query('update recto.account_overrides set expires_at = now() where account_id = $1', [
      person.id,
    ])
    expect((await again()).status).toBe(304)
  })

  it('are those of the named team, for its members only', async () => {
    const [owner, outsider] = [await apiSystem.person(), await apiSystem.person()]
    const team = await createTeam(apiSystem.system, owner.id)
    await override(team, { allowed_models: ['best'] })
    await keepToEu(team)
    const headers = { 'x-recto-account': team }
    const answer = await owner.call('GET', path, { headers })
    expect(allowedIn(listOf(answer))).toEqual(['best'])
    expect(regionsIn(listOf(answer))).toEqual(['eu'])
    expect(answer.headers.get('vary')).toContain('Authorization, X-Recto-Account')
    expect((await owner.call('GET', `${path}?account_id=${team}`)).json).toEqual(answer.json)

    const own = listOf(await owner.call('GET', path))
    expect(allowedIn(own)).toContain('fast')
    expect(regionsIn(own)).toEqual(['eu', 'global'])

    const nowhere = '00000000-0000-4000-8000-000000000000'
    const outcomes = [team, owner.id, nowhere].map(async (account) => {
      const { status, json } = await outsider.call('GET', path, {
        headers: { 'x-recto-account': account, 'if-none-match': answer.headers.get('etag') ?? '' },
      })
      return [status, z.object({ code: z.string(), detail: z.string().optional() }).parse(json)]
    })
    const notAMember = [403, { code: 'not_a_member' }]
    expect(await Promise.all(outcomes)).toEqual([notAMember, notAMember, notAMember])
  })

  it.each<[string, string, Record<string, string>]>([
    ['an invalid id in the header', path, { 'x-recto-account': 'mine' }],
    ['an invalid id in the query', `${path}?account_id=mine`, {}],
    ['an unknown query parameter', `${path}?account=mine`, {}],
  ])('are not readable by %s', async (_what, at, headers) => {
    expect(outcomeOf(await ana.call('GET', at, { headers }))).toBe('400 invalid_request')
  })
})
