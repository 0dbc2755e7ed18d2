import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { givePlan } from '../support/plan.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, callAs, startApiSystem } from './api-system.ts'
import { connect, outcomeOf, type Send } from './client.ts'
import { startFakeWorker } from './fake-check-worker.ts'

const path = '/api/ai/test'

let apiSystem: ApiSystem
let other: Send
beforeAll(async () => {
  apiSystem = await startApiSystem()
  other = await connect((await apiSystem.system.startApi()).url)
  await startFakeWorker(apiSystem.system)
})
afterAll(() => apiSystem?.stop())

const checksOf = async ({ id }: ApiPerson): Promise<{ id: string; model: string; message: string | null }[]> => {
  const { rows } = await apiSystem.system.admin.query(
    'select id, model, message from recto.connection_checks where user_id = $1 order by created_at',
    [id],
  )
  return rows
}

describe('the plan of a person', () => {
  it('denies a check of a model that it does not include, as a submission, and counts nothing', async () => {
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    await givePlan(apiSystem.system, ana.id, { allowed_models: ['fast', 'cheapest'] })
    const denied = await ana.call('POST', path, { body: { message: 'Hi', model: 'best' } })
    const submitted = await ana.submit({ source_text: newText(), model: 'best' })
    expect([outcomeOf(denied), outcomeOf(submitted)]).toEqual(['403 plan_limit', '403 plan_limit'])
    const reason = {
      detail: 'The models of the plan are: fast, cheapest.',
      limit: { name: 'models', allowed: ['fast', 'cheapest'] },
    }
    for (const { json } of [denied, submitted]) expect(json).toMatchObject(reason)
    expect(denied.headers.get('ratelimit')).toBe('"connection_checks";r=10;t=0')
    // The default model is denied as one that is named.
    expect(outcomeOf(await ana.call('POST', path))).toBe('403 plan_limit')
    expect(await checksOf(ana)).toEqual([])

    expect(outcomeOf(await ana.call('POST', path, { body: { model: 'fast' } }))).toBe('200')
    expect(outcomeOf(await ben.call('POST', path, { body: { model: 'best' } }))).toBe('200')
  })

  it('denies a check of a model that it can never pay, as a submission, unless it throttles', async () => {
    const [ana, ben, cem] = [await apiSystem.person(), await apiSystem.person(), await apiSystem.person()]
    await givePlan(apiSystem.system, ana.id, { monthly_budget_usd: '0.0000001' })
    await givePlan(apiSystem.system, ben.id, { monthly_budget_usd: '0.0000001', throttle: true })
    const denied = await ana.call('POST', path, { body: { model: 'best' } })
    const submitted = await ana.submit({ source_text: newText(), model: 'best' })
    expect([outcomeOf(denied), outcomeOf(submitted)]).toEqual(['403 plan_limit', '403 plan_limit'])
    for (const { json } of [denied, submitted])
      expect(json).toMatchObject({ limit: { name: 'model_cost', model: 'best', budget_usd: '0.0000001' } })
    expect(await checksOf(ana)).toEqual([])
    for (const person of [ben, cem])
      expect(outcomeOf(await person.call('POST', path, { body: { model: 'best' } }))).toBe('200')
  })

  it('denies by an override of it, from the next check on', async () => {
    const ana = await apiSystem.person()
    await ana.call('POST', path, { body: { model: 'fast' } })
    await apiSystem.system.admin.query(
      `insert into recto.account_overrides (account_id, changes, expires_at)
         values ($1, '{"allowed_models": ["best"]}', now() + interval '1 hour')`,
      [ana.id],
    )
    expect(outcomeOf(await ana.call('POST', path, { body: { model: 'fast' } }))).toBe('403 plan_limit')
  })
})

describe('the limit of connection checks', () => {
  it('admits ten of fifteen concurrent checks over two API processes', async () => {
    const person = await apiSystem.person()
    const calls = [apiSystem.send, other].map((send) => callAs(send, person))
    const answers = await Promise.all(Array.from({ length: 15 }, (_, n) => calls[n % 2]?.('POST', path)))
    const outcomes = answers.flatMap((answer) => (answer ? outcomeOf(answer) : []))
    expect(outcomes.toSorted()).toEqual([...Array(10).fill('200'), ...Array(5).fill('429 rate_limited')])
    const late = await person.call('POST', path)
    expect(outcomeOf(late)).toBe('429 rate_limited')
    const seconds = Number(late.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(30)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(late.json).toMatchObject({
      retry_after: seconds,
      detail: expect.stringMatching(/^At most 10 connection checks in 1 minute/),
    })
    expect(late.headers.get('ratelimit')).toBe(`"connection_checks";r=0;t=${seconds}`)
    expect((await checksOf(person)).length).toBe(10)
  })

  it('holds for a direct call of the function, which PostgREST does not expose', async () => {
    const person = await apiSystem.person()
    for (let n = 0; n < 10; n++) expect((await person.call('POST', path)).status).toBe(200)
    const { supabaseUrl, publishableKey, adminUrl } = apiSystem.system.supabase
    await expect(
      asPerson(adminUrl, person.id, (client) => client.query(`select recto.request_connection_check('balanced')`)),
    ).rejects.toMatchObject({ code: 'PT429', detail: expect.stringContaining('"window_seconds": 60') })

    const db = createClient(supabaseUrl, publishableKey, { accessToken: async () => person.token })
    const inPublic = await db.rpc('request_connection_check', { model: 'balanced' })
    expect([inPublic.status, inPublic.error?.code]).toEqual([404, 'PGRST202'])
    const inRecto = await db.schema('recto').rpc('request_connection_check', { model: 'balanced' })
    expect([inRecto.status, inRecto.error?.code]).toEqual([406, 'PGRST106'])
    expect((await checksOf(person)).length).toBe(10)
  })

  it('is independent of the limit of generations', async () => {
    const person = await apiSystem.person()
    for (let n = 0; n < 10; n++) expect((await person.call('POST', path)).status).toBe(200)
    const submitted = await person.submit()
    expect(outcomeOf(submitted)).toBe('202')
    expect(submitted.headers.get('ratelimit')).toBe('"generations";r=999;t=60')
    expect(outcomeOf(await person.call('POST', path))).toBe('429 rate_limited')

    await apiSystem.system.limit(0, 60)
    try {
      const ben = await apiSystem.person()
      expect(outcomeOf(await ben.submit())).toBe('429 rate_limited')
      expect((await ben.call('POST', path)).headers.get('x-ratelimit-remaining')).toBe('9')
    } finally {
      await apiSystem.system.limit(1000, 60)
    }
  })
})
