import { addPerson } from '@recto/local/people'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTeamOf, personOfEachRole } from '../support/team.ts'
import { type ApiPerson, type ApiSystem, apiPerson, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'
import { addAt, webhookEvents as events, webhooksPath as path, Row, rowsOf } from './webhook-calls.ts'

const unknownId = '00000000-0000-4000-8000-00000000abcd'

let apiSystem: ApiSystem
let owner: ApiPerson
let admin: ApiPerson
let member: ApiPerson
let stranger: ApiPerson
let team: string
beforeAll(async () => {
  apiSystem = await startApiSystem()
  const roles = await personOfEachRole(() => apiSystem.person())
  ;({ owner, admin, member, outsider: stranger } = roles)
  team = await createTeamOf(apiSystem.system, roles)
})
afterAll(() => apiSystem?.stop())

const people = () => [owner, admin, member, stranger]
const add = (person: ApiPerson, body: object = {}) => addAt('https://receiver.example', person, body)

describe('POST /api/ai/webhooks', () => {
  it('answers 201 with a secret that no other answer has', async () => {
    const { id, secret, public_key, reply } = await add(owner, { description: 'The app’s own' })
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(public_key).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/)
    expect(reply.headers.get('location')).toBe(`${path}/${id}`)
    expect(reply.headers.get('cache-control')).toBe('no-store')
    expect(reply.json).toMatchObject({ account_id: owner.id, events, enabled: true, created_by: owner.id })
    const answers = [
      await owner.call('GET', `${path}/${id}`),
      await owner.call('GET', path),
      await owner.call('PATCH', `${path}/${id}`, { body: { description: null } }),
      await owner.call('GET', '/api/ai/data'),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(200)
      expect(answer.text).not.toMatch(/whsec_|whsk_/)
    }
  })

  it('takes one of a person whose id has no version of a UUID, as the ids of a seed file', async () => {
    const { system, send, api } = apiSystem
    const id = '11111111-1111-1111-1111-111111111111'
    await addPerson(system.admin, id)
    const person = apiPerson(send, api, { id, token: await system.supabase.issueToken({ sub: id }) })
    const { reply, ...webhook } = await add(person)
    expect(reply.json).toMatchObject({ account_id: id, created_by: id })
    expect((await person.call('GET', path)).json).toMatchObject({ data: [{ id: webhook.id, account_id: id }] })
  })

  it('answers 401 to a person who does not exist any more', async () => {
    const gone = await apiSystem.person()
    await apiSystem.system.admin.query('delete from auth.users where id = $1', [gone.id])
    const body = { url: 'https://receiver.example/', events }
    expect(outcomeOf(await gone.call('POST', path, { body }))).toBe('401 unauthorized')
    const { rows } = await apiSystem.system.admin.query('select from public.webhook_endpoints where account_id = $1', [
      gone.id,
    ])
    expect(rows).toEqual([])
  })

  it.each([
    ['no URL', { events }],
    ['http at a public address', { url: 'http://9.9.9.9/', events }],
    ['another scheme', { url: 'ftp://receiver.example/', events }],
    ['another port', { url: 'https://receiver.example:8443/', events }],
    ['an address that is not public', { url: 'https://169.254.169.254/', events }],
    ['an address in hexadecimal', { url: 'https://0x7f000001/', events }],
    ['a mapped address', { url: 'https://[::ffff:10.0.0.1]/', events }],
    ['a local name', { url: 'https://metadata.internal/', events }],
    ['a name without a domain', { url: 'https://intranet/', events }],
    ['credentials', { url: 'https://a:b@receiver.example/', events }],
    ['a URL of 2,049 characters', { url: `https://receiver.example/${'x'.repeat(2025)}`, events }],
    ['a URL that grows beyond 2,048 characters', { url: `https://receiver.example/${'ł'.repeat(1000)}`, events }],
    ['no events', { url: 'https://receiver.example/', events: [] }],
    ['an unknown event', { url: 'https://receiver.example/', events: ['generation.begun'] }],
    ['a NUL', { url: 'https://receiver.example/', events, description: 'a\u0000b' }],
    ['an unknown key', { url: 'https://receiver.example/', events, secret: 'mine' }],
  ])('answers 400 for %s', async (_, body) => {
    expect(outcomeOf(await owner.call('POST', path, { body }))).toBe('400 invalid_request')
  })

  it('keeps a URL as it will be requested', async () => {
    const url = 'HTTPS://Bücher.example:443/a/../ü?q=ł'
    const reply = await owner.call('POST', path, { body: { url, events: ['budget.alert', 'budget.alert'] } })
    expect(reply.json).toMatchObject({ url: 'https://xn--bcher-kva.example/%C3%BC?q=%C5%82', events: ['budget.alert'] })
  })

  it('answers 403 for members, strangers, and an account that has ten', async () => {
    const create = (person: ApiPerson, account: string) =>
      person.call('POST', path, {
        body: { url: 'https://a.example/', events },
        headers: { 'x-recto-account': account },
      })
    const outcomes = await Promise.all(people().map(async (person) => outcomeOf(await create(person, team))))
    expect(outcomes).toEqual(['201', '201', '403 not_an_admin', '403 not_a_member'])
    expect(outcomeOf(await create(stranger, unknownId))).toBe('403 not_a_member')
    expect(outcomeOf(await create(stranger, owner.id))).toBe('403 not_a_member')
    const many = await apiSystem.person()
    const all = []
    for (let n = 0; n < 11; n++) all.push(outcomeOf(await create(many, many.id)))
    expect(all).toEqual([...Array(10).fill('201'), '403 plan_limit'])
  })
})

describe('a webhook of a team', () => {
  it('is read and changed by owners and admins, 403 for other members, and 404 for strangers', async () => {
    const { id } = await add(owner, { account_id: team })
    const outcomes = (method: string, rest = '', body?: object) =>
      Promise.all(
        people().map(async (person) =>
          outcomeOf(await person.call(method, `${path}/${id}${rest}`, body ? { body } : {})),
        ),
      )
    const listBy = (person: ApiPerson) => person.call('GET', `${path}?account_id=${team}`)
    for (const person of [owner, admin])
      expect(rowsOf(await listBy(person))).toEqual(expect.arrayContaining([expect.objectContaining({ id })]))
    expect(outcomeOf(await listBy(member))).toBe('403 not_an_admin')
    expect(outcomeOf(await listBy(stranger))).toBe('403 not_a_member')
    expect(rowsOf(await stranger.call('GET', path))).toEqual([])
    const denied = ['403 not_an_admin', '404 not_found']
    expect(await outcomes('GET')).toEqual(['200', '200', ...denied])
    expect(await outcomes('GET', '/deliveries')).toEqual(['200', '200', ...denied])
    expect(await outcomes('PATCH', '', { events: ['budget.alert'] })).toEqual(['200', '200', ...denied])
    expect(await outcomes('POST', '/rotate-secret')).toEqual(['200', '200', ...denied])
    expect(await outcomes('POST', '/test')).toEqual(['202', '202', ...denied])
    expect(await outcomes('POST', '/replay', { since: '2026-01-01T00:00:00Z' })).toEqual(['202', '202', ...denied])
    const [delivery] = rowsOf(await admin.call('GET', `${path}/${id}/deliveries`))
    expect(await outcomes('GET', `/deliveries/${delivery?.id}`)).toEqual(['200', '200', ...denied])
    expect(await outcomes('POST', `/deliveries/${delivery?.id}/replay`)).toEqual(['202', '202', ...denied])
    expect(outcomeOf(await member.call('DELETE', `${path}/${id}`))).toBe('403 not_an_admin')
    expect(outcomeOf(await stranger.call('DELETE', `${path}/${id}`))).toBe('404 not_found')
    expect(outcomeOf(await admin.call('DELETE', `${path}/${id}`))).toBe('204')
    expect(outcomeOf(await owner.call('GET', `${path}/${id}`))).toBe('404 not_found')
  })

  it('has no deliveries of another webhook: their path answers 404', async () => {
    const [one, other] = [await add(owner), await add(owner)]
    const delivery = Row.parse((await owner.call('POST', `${path}/${one.id}/test`)).json)
    for (const [method, rest] of [
      ['GET', ''],
      ['POST', '/replay'],
    ] as const) {
      const wrong = `${path}/${other.id}/deliveries/${delivery.id}${rest}`
      expect(outcomeOf(await owner.call(method, wrong))).toBe('404 not_found')
      expect(outcomeOf(await stranger.call(method, `${path}/${one.id}/deliveries/${delivery.id}${rest}`))).toBe(
        '404 not_found',
      )
    }
    for (const id of [one.id, other.id]) await owner.call('DELETE', `${path}/${id}`)
  })
})

describe('an endpoint of webhooks', () => {
  it('answers 401 without a token', async () => {
    for (const [method, rest] of [
      ['GET', ''],
      ['POST', ''],
      ['GET', `/${unknownId}`],
      ['DELETE', `/${unknownId}`],
      ['POST', `/${unknownId}/test`],
    ] as const)
      expect(outcomeOf(await apiSystem.send(method, `${path}${rest}`))).toBe('401 unauthorized')
  })
})
