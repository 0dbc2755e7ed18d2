import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asPerson } from '../support/as-person.ts'
import { seedGeneration } from '../support/seed.ts'
import { addMember, call, createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf, type Reply } from './client.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
let ben: ApiPerson
let eve: ApiPerson
let sharing: string
let discreet: string
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ;[ana, ben, eve] = [await apiSystem.person(), await apiSystem.person(), await apiSystem.person()]
  sharing = await createTeam(apiSystem.system, ana.id, [[ben.id, 'member']], { shares: true })
  discreet = await createTeam(apiSystem.system, ana.id, [[ben.id, 'admin']])
})
afterAll(() => apiSystem?.stop())

const named = (account: string) => ({ 'x-recto-account': account })
const pathOf = (id: string, rest = '') => `${generationsPath}/${id}${rest}`
const resolveAccountOf = async (id: string): Promise<unknown> =>
  (await apiSystem.system.admin.query('select account_id from public.ai_generations where id = $1', [id])).rows[0]
    ?.account_id
const Ids = z.object({ data: z.array(z.object({ id: z.string() })) })
const idsOf = ({ json }: Reply) => Ids.parse(json).data.map(({ id }) => id)

/** A finished generation with suggestions that a person made for a team. */
const seedFor = async (person: ApiPerson, account: string): Promise<string> => {
  const { id } = await seedGeneration(apiSystem.system.admin, person.id)
  await apiSystem.system.admin.query('update public.ai_generations set account_id = $2 where id = $1', [id, account])
  return id
}

describe('POST /api/ai/generations for an account', () => {
  it('uses the account of X-Recto-Account or account_id, else the caller’s own account', async () => {
    const text = () => ({ source_text: newText() })
    expect(await resolveAccountOf(idOf(await ben.submit(text())))).toBe(ben.id)
    expect(await resolveAccountOf(idOf(await ben.submit(text(), named(sharing))))).toBe(sharing)
    expect(await resolveAccountOf(idOf(await ben.submit({ ...text(), account_id: sharing })))).toBe(sharing)
    expect(await resolveAccountOf(idOf(await ben.submit({ ...text(), account_id: ben.id })))).toBe(ben.id)
    const both = await ben.submit({ ...text(), account_id: sharing }, named(sharing.toUpperCase()))
    expect(await resolveAccountOf(idOf(both))).toBe(sharing)
  })

  it('answers 400 when header and body name different accounts or no valid id', async () => {
    const body = { source_text: newText(), account_id: sharing }
    expect(outcomeOf(await ben.submit(body, named(discreet)))).toBe('400 invalid_request')
    expect(outcomeOf(await ben.submit({ source_text: newText() }, named('mine')))).toBe('400 invalid_request')
    expect(outcomeOf(await ben.submit({ ...body, account_id: 'mine' }))).toBe('400 invalid_request')
  })

  it('answers 403 alike for a team of others and an unknown account, also when that team is at its limit', async () => {
    const denialFor = async (account: string) => {
      const answer = await eve.submit({ source_text: newText() }, named(account))
      const { request_id: _, ...problem } = z.record(z.string(), z.unknown()).parse(answer.json)
      return { problem, rate: answer.headers.get('ratelimit'), policy: answer.headers.get('ratelimit-policy') }
    }
    const team = await denialFor(sharing)
    expect(team.problem).toMatchObject({ status: 403, code: 'not_a_member' })
    expect(await denialFor('00000000-0000-4000-8000-00000000abcd')).toEqual(team)
    expect(await denialFor(ana.id)).toEqual(team)
    await apiSystem.system.admin.query(
      `insert into recto.account_overrides (account_id, changes, expires_at) values ($1, '{"per_day": 0}', now() + interval '1 hour')`,
      [discreet],
    )
    expect(outcomeOf(await ben.submit({ source_text: newText() }, named(discreet)))).toBe('429 quota_exceeded')
    expect(await denialFor(discreet)).toEqual(team)
    await apiSystem.system.admin.query('delete from recto.account_overrides')
  })

  it('answers 422 when the idempotency key was used for another account', async () => {
    const body = { source_text: newText() }
    const key = { 'idempotency-key': 'lesson-1' }
    const id = idOf(await ben.submit(body, { ...key, ...named(sharing) }))
    expect(idOf(await ben.submit({ ...body, account_id: sharing }, key))).toBe(id)
    expect(outcomeOf(await ben.submit(body, key))).toBe('422 idempotency_key_reused')
    // Another member's key is independent, although that member can read the generation.
    expect(idOf(await ana.submit(body, { ...key, ...named(sharing) }))).not.toBe(id)
  })

  it('has the rate limit headers of the account it names', async () => {
    const team = await createTeam(apiSystem.system, eve.id)
    await apiSystem.system.admin.query(`update public.accounts set plan = 'pro' where id = $1`, [team])
    const limit = async (headers: Record<string, string>, body: object) =>
      (await eve.submit(body, headers)).headers.get('x-ratelimit-limit')
    expect(await limit(named(team), { source_text: newText() })).toBe('60')
    expect(await limit(named(team), { source_text: newText(), model: 'none' })).toBe('60')
    expect(await limit({}, { source_text: newText() })).toBe('1000')
  })
})

describe('a generation of another team member', () => {
  it('is readable when the team shares texts, and answers 404 when it does not', async () => {
    const [shown, hidden] = [await seedFor(ana, sharing), await seedFor(ana, discreet)]
    const outcomes = async (person: ApiPerson, id: string) => [
      outcomeOf(await person.call('GET', pathOf(id))),
      outcomeOf(await person.call('GET', pathOf(id, '/suggestions'))),
    ]
    expect(await outcomes(ben, shown)).toEqual(['200', '200'])
    expect(idsOf(await ben.call('GET', pathOf(shown, '/suggestions')))).toHaveLength(2)
    expect(await outcomes(ben, hidden)).toEqual(['404 not_found', '404 not_found'])
    expect(await outcomes(eve, shown)).toEqual(['404 not_found', '404 not_found'])
    expect(await outcomes(ana, hidden)).toEqual(['200', '200'])
  })

  it('is readable only when it was submitted after the team had turned sharing on', async () => {
    const { system } = apiSystem
    const team = await createTeam(system, ana.id, [[ben.id, 'member']])
    const share = (on: boolean) => call(system, ana.id, 'public.change_team($1, null, $2)', [team, on])
    const outcomes = async (id: string) => [
      outcomeOf(await ben.call('GET', pathOf(id))),
      outcomeOf(await ben.call('GET', pathOf(id, '/suggestions'))),
      await asPerson(system.supabase.adminUrl, ben.id, async (client) => {
        const read = 'select id from public.ai_suggestions where generation_id = $1'
        return (await client.query(read, [id])).rowCount
      }),
    ]
    const [shown, hidden] = [
      ['200', '200', 2],
      ['404 not_found', '404 not_found', 0],
    ]
    const early = await seedFor(ana, team)
    await share(true)
    const late = await seedFor(ana, team)
    // The worker ends a generation that was submitted before: its cards quote the text of then.
    await system.admin.query('update public.ai_suggestions set created_at = now() where generation_id = $1', [early])
    await share(true)
    expect([await outcomes(early), await outcomes(late)]).toEqual([hidden, shown])
    expect(idsOf(await ben.call('GET', `${generationsPath}?account_id=${team}`))).toEqual([late])
    await share(false)
    expect(await outcomes(late)).toEqual(hidden)
    await share(true)
    expect([await outcomes(early), await outcomes(late)]).toEqual([hidden, hidden])
    expect(outcomeOf(await ana.call('GET', pathOf(early)))).toBe('200')
  })

  it('cannot be cancelled or deleted by another member of any role', async () => {
    const live = idOf(await ben.submit({ source_text: newText() }, named(sharing)))
    expect(outcomeOf(await ana.call('POST', pathOf(live, '/cancel')))).toBe('404 not_found')
    expect(outcomeOf(await ana.call('DELETE', pathOf(live)))).toBe('404 not_found')
    expect(outcomeOf(await ana.call('GET', pathOf(live)))).toBe('200')
    expect(outcomeOf(await ben.call('POST', pathOf(live, '/cancel')))).toBe('202')
  })

  it('answers 404 to a person who has left the team', async () => {
    const cy = await apiSystem.person()
    await addMember(apiSystem.system, ana.id, sharing, [cy.id, 'member'])
    const [shown, own] = [await seedFor(ana, sharing), await seedFor(cy, sharing)]
    expect(outcomeOf(await cy.call('GET', pathOf(shown)))).toBe('200')
    await call(apiSystem.system, cy.id, 'public.remove_member($1, $2)', [sharing, cy.id])
    expect(outcomeOf(await cy.call('GET', pathOf(shown)))).toBe('404 not_found')
    expect(outcomeOf(await cy.call('GET', pathOf(own)))).toBe('200')
    expect(outcomeOf(await cy.submit({ source_text: newText() }, named(sharing)))).toBe('403 not_a_member')
  })
})

describe('GET /api/ai/generations', () => {
  it('lists own generations, and with account_id all readable generations of that account', async () => {
    const [mia, tom, max] = [await apiSystem.person(), await apiSystem.person(), await apiSystem.person()]
    const open = await createTeam(apiSystem.system, mia.id, [[tom.id, 'member']], { shares: true })
    const shut = await createTeam(apiSystem.system, mia.id, [[tom.id, 'member']])
    const ids = {
      own: await seedFor(mia, mia.id),
      miasOpen: await seedFor(mia, open),
      tomsOpen: await seedFor(tom, open),
      miasShut: await seedFor(mia, shut),
      tomsShut: await seedFor(tom, shut),
    }
    const list = async (person: ApiPerson, query = '') => idsOf(await person.call('GET', `${generationsPath}${query}`))
    expect(await list(mia)).toEqual([ids.miasShut, ids.miasOpen, ids.own])
    expect(await list(tom)).toEqual([ids.tomsShut, ids.tomsOpen])
    expect(await list(tom, `?account_id=${open}`)).toEqual([ids.tomsOpen, ids.miasOpen])
    expect(await list(tom, `?account_id=${shut}`)).toEqual([ids.tomsShut])
    expect(await list(tom, `?account_id=${open}&status=succeeded&limit=1`)).toEqual([ids.tomsOpen])
    expect(await list(tom, `?account_id=${mia.id}`)).toEqual([])
    expect(await list(max, `?account_id=${open}`)).toEqual([])
    expect(outcomeOf(await max.call('GET', `${generationsPath}?account_id=mine`))).toBe('400 invalid_request')
  })
})
