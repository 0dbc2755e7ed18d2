import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { lockRow } from '../support/lock-row.ts'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, apiPerson, callAs, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.stop())

/** A person whose access token says that they signed in anonymously, as the row in auth.users does. */
const anonymousPerson = async (): Promise<ApiPerson> => {
  const { id } = await apiSystem.person()
  await apiSystem.system.admin.query('update auth.users set is_anonymous = true where id = $1', [id])
  const token = await apiSystem.system.supabase.issueToken({ sub: id, overrides: { is_anonymous: true } })
  return apiPerson(apiSystem.send, apiSystem.api, { id, token })
}
const planOf = async ({ call }: Pick<ApiPerson, 'call'>): Promise<string> =>
  z.object({ plan: z.string() }).parse((await call('GET', '/api/ai/limits')).json).plan
const storedPlanOf = async ({ id }: ApiPerson) =>
  (await apiSystem.system.admin.query('select plan from public.accounts where id = $1', [id])).rows
const setAnonymousPlan = (on: boolean) =>
  apiSystem.system.admin.query('update recto.settings set anonymous_plan = $1', [on])

describe('a person who signed in anonymously', () => {
  it('has the plan anonymous, before and after the first generation', async () => {
    const person = await anonymousPerson()
    expect(await planOf(person)).toBe('anonymous')
    for (let n = 0; n < 2; n++) idOf(await person.submit())
    expect(outcomeOf(await person.submit())).toBe('429 rate_limited')
    expect(await storedPlanOf(person)).toEqual([{ plan: 'anonymous' }])
    expect(await planOf(person)).toBe('anonymous')
    const { id } = person
    const asWorker = await apiSystem.system.admin.query('select (recto.effective_plan($1)).name as plan', [id])
    expect(asWorker.rows).toEqual([{ plan: 'anonymous' }])
  })

  it('is billed by the plan anonymous for a connection check before any generation', async () => {
    const person = await anonymousPerson()
    const check = person.call('POST', '/api/ai/test', { body: {} })
    await until(async () => (await storedPlanOf(person)).length > 0, { what: 'the account', timeoutMs: 30_000 })
    expect(await storedPlanOf(person)).toEqual([{ plan: 'anonymous' }])
    await apiSystem.system.admin.query(
      `update recto.connection_checks set status = 'done', result = $2 where user_id = $1`,
      [person.id, { ok: false, code: 'rate_limited', message: 'Full.', provider: null, http_status: null }],
    )
    expect(outcomeOf(await check)).toBe('502 provider_failed')
  })

  it('has the plan free after becoming a permanent user', async () => {
    const person = await anonymousPerson()
    idOf(await person.submit())
    await apiSystem.system.admin.query('update auth.users set is_anonymous = false where id = $1', [person.id])
    const token = await apiSystem.system.supabase.issueToken({ sub: person.id })
    expect(await planOf({ call: callAs(apiSystem.send, { token }) })).toBe('free')
    expect(await storedPlanOf(person)).toEqual([{ plan: 'free' }])
  })

  it('has the plan free for a first generation as a permanent user, also by a token from before', async () => {
    const person = await anonymousPerson()
    await apiSystem.system.admin.query('update auth.users set is_anonymous = false where id = $1', [person.id])
    idOf(await person.submit())
    expect(await storedPlanOf(person)).toEqual([{ plan: 'free' }])
    const other = await anonymousPerson()
    await apiSystem.system.admin.query('update auth.users set is_anonymous = false where id = $1', [other.id])
    expect(await planOf(other)).toBe('free')
    await apiSystem.system.admin.query('delete from auth.users where id = $1', [other.id])
    expect(await planOf(other)).toBe('anonymous')
  })

  it('has the plan free when they become a permanent user at the moment of the first generation', async () => {
    const person = await anonymousPerson()
    const becoming = 'update auth.users set is_anonymous = false where id = $1'
    const lock = await lockRow(apiSystem.system, becoming, [person.id])
    const submitting = person.submit()
    await Promise.race([lock.awaited('recto.submit('), submitting])
    await lock.commit(becoming, [person.id])
    idOf(await submitting)
    expect(await storedPlanOf(person)).toEqual([{ plan: 'free' }])
  })

  it('keeps a plan that an operator chose', async () => {
    const person = await anonymousPerson()
    const chosen = `insert into public.accounts (id, kind, plan) values ($1, 'personal', 'pro')`
    await apiSystem.system.admin.query(chosen, [person.id])
    idOf(await person.submit())
    await apiSystem.system.admin.query('update auth.users set is_anonymous = false where id = $1', [person.id])
    expect(await storedPlanOf(person)).toEqual([{ plan: 'pro' }])
  })

  it('has no webhooks, which would let anybody send requests from here', async () => {
    const person = await anonymousPerson()
    const body = { url: 'https://receiver.example/', events: ['generation.succeeded'] }
    expect(outcomeOf(await person.call('POST', '/api/ai/webhooks', { body }))).toBe('403 plan_limit')
  })

  it('makes no team, but uses the plan of a team that invited them', async () => {
    const [person, owner] = [await anonymousPerson(), await apiSystem.person()]
    const create = await fetch(`${apiSystem.system.supabase.supabaseUrl}/rest/v1/rpc/create_team`, {
      method: 'POST',
      headers: {
        apikey: apiSystem.system.supabase.publishableKey,
        authorization: `Bearer ${person.token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ name: 'More limits' }),
    })
    expect(create.status).toBe(403)
    const team = await createTeam(apiSystem.system, owner.id, [[person.id, 'member']])
    const named = { 'x-recto-account': team }
    for (let n = 0; n < 4; n++) idOf(await person.submit({ source_text: newText() }, named))
  })

  it('has the plan free where recto.settings.anonymous_plan is false', async () => {
    await setAnonymousPlan(false)
    try {
      const person = await anonymousPerson()
      expect(await planOf(person)).toBe('free')
      for (let n = 0; n < 3; n++) idOf(await person.submit())
      expect(await storedPlanOf(person)).toEqual([{ plan: 'free' }])
    } finally {
      await setAnonymousPlan(true)
    }
  })
})

it('a person who signed in by a password has the plan free', async () => {
  const person = await apiSystem.person()
  idOf(await person.submit())
  expect(await storedPlanOf(person)).toEqual([{ plan: 'free' }])
  expect(await planOf(person)).toBe('free')
})
