import { createPublicKey, verify } from 'node:crypto'
import { until } from '@recto/local/until'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { allowReceivers, type Receiver, startReceiver } from '../support/receiver.ts'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf, type Reply } from './client.ts'

const path = '/api/ai/webhooks'
const unknownId = '00000000-0000-4000-8000-00000000abcd'
const events = ['generation.succeeded', 'generation.failed', 'generation.cancelled', 'budget.alert']

let apiSystem: ApiSystem
let receiver: Receiver
let owner: ApiPerson
let admin: ApiPerson
let member: ApiPerson
let stranger: ApiPerson
let team: string
beforeAll(async () => {
  apiSystem = await startApiSystem(allowReceivers)
  receiver = await startReceiver()
  await apiSystem.system.startWorker(allowReceivers)
  owner = await apiSystem.person()
  admin = await apiSystem.person()
  member = await apiSystem.person()
  stranger = await apiSystem.person()
  team = await createTeam(apiSystem.system, owner.id, [
    [admin.id, 'admin'],
    [member.id, 'member'],
  ])
})
afterAll(async () => {
  await apiSystem?.system.stop()
  receiver?.stop()
})

const people = () => [owner, admin, member, stranger]
const Created = z.looseObject({ id: z.string(), secret: z.string(), public_key: z.string() })
const Row = z.looseObject({ id: z.string() })
const rowsOf = ({ json }: Reply) => z.object({ data: z.array(Row) }).parse(json).data

/** Adds a webhook at a path of its own. */
const add = async (person: ApiPerson, body: object = {}) => {
  const hook = `/${crypto.randomUUID()}`
  const reply = await person.call('POST', path, { body: { url: `${receiver.url}${hook}`, events, ...body } })
  if (reply.status !== 201) throw new Error(reply.text)
  return { ...Created.parse(reply.json), hook, reply }
}
const arrived = async (hook: string, count: number) => {
  await until(() => receiver.at(hook).length >= count, { what: `${count} requests`, timeoutMs: 30_000 })
  return receiver.at(hook)
}
const verified = (secret: string, { headers, body }: { headers: object; body: string }): boolean => {
  const found = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
  try {
    return Boolean(new StandardWebhook(secret).verify(body, found))
  } catch {
    return false
  }
}

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

  it('is another than the one whose deliveries a path names', async () => {
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

describe('the events of a webhook', () => {
  it('arrive signed by both secrets during the overlap of a rotation, and by the new one after it', async () => {
    const person = await apiSystem.person()
    const { id, hook, secret } = await add(person)
    const rotate = async (overlap_seconds: number) =>
      Created.parse((await person.call('POST', `${path}/${id}/rotate-secret`, { body: { overlap_seconds } })).json)
    const second = await rotate(3600)
    await person.call('POST', `${path}/${id}/test`)
    const [during] = await arrived(hook, 1)
    const third = await rotate(0)
    await person.call('POST', `${path}/${id}/test`)
    const [, after] = await arrived(hook, 2)
    if (!during || !after) throw new Error('nothing arrived')
    const secrets = [secret, second.secret, third.secret]
    expect(secrets.map((one) => verified(one, during))).toEqual([true, true, false])
    expect(secrets.map((one) => verified(one, after))).toEqual([false, false, true])
    const x = Buffer.from(third.public_key.slice('whpk_'.length), 'base64').toString('base64url')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    const content = `${after.headers['webhook-id']}.${after.headers['webhook-timestamp']}.${after.body}`
    const [signature = ''] = String(after.headers['webhook-signature']).match(/(?<=v1a,)\S+/) ?? []
    expect(verify(null, Buffer.from(content), key, Buffer.from(signature, 'base64'))).toBe(true)
    expect(
      outcomeOf(await person.call('POST', `${path}/${id}/rotate-secret`, { body: { overlap_seconds: 604_801 } })),
    ).toBe('400 invalid_request')
  })

  it('are listed with their attempts, page by page, and sent again one by one and by their time', async () => {
    const person = await apiSystem.person()
    const { id, hook } = await add(person)
    receiver.answer(hook, { status: 400, body: 'no' }, { status: 204 })
    const since = new Date().toISOString()
    const generation = idOf(await person.submit({ source_text: newText() }))
    await arrived(hook, 1)
    const test = Row.parse((await person.call('POST', `${path}/${id}/test`)).json)
    await arrived(hook, 2)
    const list = async (query = '') => (await person.call('GET', `${path}/${id}/deliveries${query}`)).json
    const settled = z.object({ data: z.array(z.looseObject({ attempt_count: z.int() })) })
    await until(async () => settled.parse(await list()).data.every((one) => one.attempt_count > 0), {
      what: 'the attempts',
      timeoutMs: 20_000,
    })
    const [newestOne, oldest] = rowsOf(await person.call('GET', `${path}/${id}/deliveries`))
    expect(newestOne).toMatchObject({ id: test.id, type: 'webhook.test', status: 'succeeded' })
    expect(oldest).toMatchObject({
      event_id: `generation_${generation}`,
      status: 'pending',
      attempt_count: 1,
      next_attempt_at: expect.any(String),
      data: { generation_id: generation },
    })
    expect(await list('?status=pending')).toMatchObject({ data: [{ id: oldest?.id }] })
    const page = z.object({ data: z.array(Row), next_cursor: z.string().nullable() })
    const first = page.parse(await list('?limit=1'))
    const second = page.parse(await list(`?limit=1&cursor=${first.next_cursor}`))
    expect([first.data[0]?.id, second.data[0]?.id, second.next_cursor]).toEqual([test.id, oldest?.id, null])
    const one = await person.call('GET', `${path}/${id}/deliveries/${oldest?.id}`)
    expect(one.json).toMatchObject({
      attempts: [
        {
          number: 1,
          started_at: expect.stringMatching(/^2.*Z$/),
          http_status: 400,
          class: 'http_status',
          excerpt: 'no',
        },
      ],
    })

    const replayed = await person.call('POST', `${path}/${id}/deliveries/${test.id}/replay`)
    expect(replayed.json).toMatchObject({ id: test.id, status: 'pending', attempt_count: 1 })
    const requests = await arrived(hook, 3)
    expect(requests[2]?.headers['webhook-id']).toBe(requests[1]?.headers['webhook-id'])
    await until(async () => settled.parse(await list()).data.some((each) => each.attempt_count === 2), {
      what: 'the replay',
      timeoutMs: 20_000,
    })
    const range = (body: object) => person.call('POST', `${path}/${id}/replay`, { body })
    expect((await range({ since, status: 'succeeded' })).json).toEqual({ replayed: 1 })
    expect((await range({ since, until: since, status: 'succeeded' })).json).toEqual({ replayed: 0 })
    expect((await range({ since })).json).toEqual({ replayed: 0 })
    expect(outcomeOf(await range({ since: 'yesterday' }))).toBe('400 invalid_request')
    await arrived(hook, 4)
  })

  it('stop when somebody disables it, which a test and a replay then refuse', async () => {
    const person = await apiSystem.person()
    const { id } = await add(person)
    const change = (body: object) => person.call('PATCH', `${path}/${id}`, { body })
    expect((await change({ enabled: false })).json).toMatchObject({ enabled: false, disabled_reason: 'person' })
    expect(outcomeOf(await person.call('POST', `${path}/${id}/test`))).toBe('409 conflict')
    const since = '2026-01-01T00:00:00Z'
    expect(outcomeOf(await person.call('POST', `${path}/${id}/replay`, { body: { since } }))).toBe('409 conflict')
    idOf(await person.submit({ source_text: newText() }))
    expect(rowsOf(await person.call('GET', `${path}/${id}/deliveries`))).toEqual([])
    expect((await change({ enabled: true })).json).toMatchObject({ enabled: true, disabled_at: null })
    expect(outcomeOf(await person.call('POST', `${path}/${id}/test`))).toBe('202')
    expect(outcomeOf(await change({}))).toBe('400 invalid_request')
    expect(outcomeOf(await change({ url: 'http://10.0.0.1/' }))).toBe('400 invalid_request')
  })

  it('include ten tests in a minute, and no more', async () => {
    const person = await apiSystem.person()
    const { id } = await add(person)
    const tests = []
    for (let n = 0; n < 11; n++) tests.push(await person.call('POST', `${path}/${id}/test`))
    expect(tests.map(outcomeOf)).toEqual([...Array(10).fill('202'), '429 rate_limited'])
    expect(tests.at(-1)?.headers.get('retry-after')).toBe('60')
  })

  it('reach nobody before a token is shown', async () => {
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
