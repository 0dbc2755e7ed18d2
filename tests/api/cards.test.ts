import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { lockRow } from '../support/lock-row.ts'
import { seedGeneration } from '../support/seed.ts'
import { type ApiPerson, type ApiSystem, startApiSystem } from './api-system.ts'
import { createCard, frontsOf, pageOf, cardsPath as path } from './card-calls.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
let ben: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ben = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())
beforeEach(async () => {
  ana = await apiSystem.person()
})
const stored = async (id: string) =>
  (await apiSystem.system.admin.query('select * from public.cards where id = $1', [id])).rows[0]

describe('POST /api/cards', () => {
  it('adds a card of the person, with its URL and ETag', async () => {
    const { reply, id, created_at } = await createCard(ana, { front: 'Was ist „Fotosynthese“?\n', tags: ['bio'] })
    expect(reply.status).toBe(201)
    expect(reply.json).toEqual({
      id,
      suggestion_id: null,
      front: 'Was ist „Fotosynthese“?\n',
      back: 'Back',
      origin: 'manual',
      source_quote: null,
      tags: ['bio'],
      created_at,
      updated_at: created_at,
    })
    expect([reply.headers.get('location'), reply.headers.get('etag')]).toEqual([`${path}/${id}`, `"${created_at}"`])
    expect(await stored(id)).toMatchObject({ user_id: ana.id })
    expect((await ana.call('GET', `${path}/${id}`)).json).toEqual(reply.json)
  })

  it.each([
    ['no back', { front: 'Front' }],
    ['a blank front', { front: '\u2003', back: 'Back' }],
    ['a long front', { front: 'x'.repeat(201), back: 'Back' }],
    ['a long back', { front: 'Front', back: 'x'.repeat(501) }],
    ['U+0000', { front: 'a\0', back: 'Back' }],
    ['a lone surrogate', { front: 'a\udc00', back: 'Back' }],
    ['a tag with a space', { front: 'Front', back: 'Back', tags: ['a b'] }],
    ['a tag twice', { front: 'Front', back: 'Back', tags: ['a', 'a'] }],
    ['21 tags', { front: 'Front', back: 'Back', tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }],
    ['another person', { front: 'Front', back: 'Back', user_id: randomUUID() }],
    ['an origin', { front: 'Front', back: 'Back', origin: 'ai' }],
    ['a suggestion', { front: 'Front', back: 'Back', suggestion_id: randomUUID() }],
  ])('answers 400 to a body with %s', async (_what, body) => {
    expect(outcomeOf(await ana.call('POST', path, { body }))).toBe('400 invalid_request')
    expect((await pageOf(ana)).data).toEqual([])
  })

  it('answers 401 to a person who does not exist any more', async () => {
    const gone = await apiSystem.person()
    await apiSystem.system.admin.query('delete from auth.users where id = $1', [gone.id])
    const body = { front: 'Front', back: 'Back' }
    expect(outcomeOf(await gone.call('POST', path, { body }))).toBe('401 unauthorized')
  })
})

describe('the bound of cards per person', () => {
  const bound = (most: number) =>
    apiSystem.system.admin.query('update recto.settings set cards_per_person = $1', [most])

  it('is held by the API, an import, a review and PostgREST alike, and concerns nobody else', async () => {
    const { suggestionIds } = await seedGeneration(apiSystem.system.admin, ana.id)
    await createCard(ana)
    await bound(1)
    const tries = [
      await ana.call('POST', path, { body: { front: 'Front', back: 'Back' } }),
      await ana.call('POST', `${path}/import?format=csv`, { body: 'front,back\na,b\n' }),
      await ana.call('PATCH', `/api/ai/suggestions/${suggestionIds[0]}`, { body: { action: 'accept' } }),
    ]
    const direct = await fetch(`${apiSystem.system.supabase.supabaseUrl}/rest/v1/cards`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ana.token}`,
        apikey: apiSystem.system.supabase.publishableKey,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ front: 'Front', back: 'Back' }),
    })
    const other = await createCard(ben)
    await bound(200_000)
    expect(tries.map(outcomeOf)).toEqual(Array(3).fill('403 plan_limit'))
    expect(direct.status).toBe(403)
    expect(other.reply.status).toBe(201)
    expect((await pageOf(ana)).data).toHaveLength(1)
  })
})

describe('PATCH /api/cards/:id', () => {
  it('changes what it names, and leaves everything as it is when it names what is there', async () => {
    const { id, etag } = await createCard(ana, { tags: ['bio'] })
    const same = await ana.call('PATCH', `${path}/${id}`, { body: { front: 'Front', tags: ['bio'] } })
    expect(same.headers.get('etag')).toBe(etag)
    const { json, headers } = await ana.call('PATCH', `${path}/${id}`, { body: { back: 'New', tags: [] } })
    expect(json).toMatchObject({ front: 'Front', back: 'New', tags: [], origin: 'manual' })
    expect(headers.get('etag')).not.toBe(etag)
  })

  it('answers 412 in the tab that had not read the change of the other tab, and keeps that change', async () => {
    const { id, etag } = await createCard(ana)
    const change = (front: string, ifMatch: string) =>
      ana.call('PATCH', `${path}/${id}`, { body: { front }, headers: { 'if-match': ifMatch } })
    const both = await Promise.all([change('One', etag), change('Two', etag)])
    expect(both.map(outcomeOf).toSorted()).toEqual(['200', '412 precondition_failed'])
    const winner = both.find(({ status }) => status === 200)
    expect((await ana.call('GET', `${path}/${id}`)).json).toEqual(winner?.json)
    expect(outcomeOf(await change('Three', '"nonsense"'))).toBe('412 precondition_failed')
    expect(outcomeOf(await change('Three', ''))).toBe('412 precondition_failed')
    expect(outcomeOf(await change('Three', `W/${winner?.headers.get('etag')}`))).toBe('200')
    expect(outcomeOf(await change('Four', '*'))).toBe('200')
  })

  it.each([{}, { front: null }, { front: '' }, { back: 'x'.repeat(501) }, { tags: ['a b'] }, { origin: 'ai' }])(
    'answers 400 to %j',
    async (body) => {
      const { id } = await createCard(ana)
      expect(outcomeOf(await ana.call('PATCH', `${path}/${id}`, { body }))).toBe('400 invalid_request')
    },
  )

  it('says of an accepted suggestion whether it was edited', async () => {
    const { suggestionIds } = await seedGeneration(apiSystem.system.admin, ana.id)
    const suggestion = `/api/ai/suggestions/${suggestionIds[0]}`
    const { card_id } = z
      .looseObject({ card_id: z.string() })
      .parse((await ana.call('PATCH', suggestion, { body: { action: 'accept' } })).json)
    const change = async (front: string) => (await ana.call('PATCH', `${path}/${card_id}`, { body: { front } })).json
    expect(await change('Mine')).toMatchObject({ origin: 'ai_edited', source_quote: 'This' })
    expect(await change('Front 1')).toMatchObject({ origin: 'ai' })
  })
})

describe('GET and DELETE /api/cards/:id', () => {
  it('answers 304 while the card has not changed, also for a tag that a proxy weakened', async () => {
    const { id, etag } = await createCard(ana)
    for (const tag of [etag, `W/${etag}`])
      expect((await ana.call('GET', `${path}/${id}`, { headers: { 'if-none-match': tag } })).status).toBe(304)
    await ana.call('PATCH', `${path}/${id}`, { body: { front: 'New' } })
    expect((await ana.call('GET', `${path}/${id}`, { headers: { 'if-none-match': etag } })).status).toBe(200)
  })

  it('deletes a card that has not changed, once', async () => {
    const { id, etag } = await createCard(ana)
    const changed = await ana.call('PATCH', `${path}/${id}`, { body: { front: 'New' } })
    const remove = (tag: string) => ana.call('DELETE', `${path}/${id}`, { headers: { 'if-match': tag } })
    expect(outcomeOf(await remove(etag))).toBe('412 precondition_failed')
    expect(outcomeOf(await remove(changed.headers.get('etag') ?? ''))).toBe('204')
    expect(outcomeOf(await ana.call('DELETE', `${path}/${id}`))).toBe('404 not_found')
  })
})

describe('a card that another request deletes at the same moment', () => {
  it.each([
    ['PATCH', {}, '404 not_found'],
    ['DELETE', {}, '404 not_found'],
    ['PATCH', { 'if-match': '*' }, '404 not_found'],
    ['DELETE', { 'if-match': '*' }, '404 not_found'],
  ] as const)('makes a %s with the headers %j answer %s', async (method, headers, outcome) => {
    const { id } = await createCard(ana)
    const lock = await lockRow(apiSystem.system, 'select from public.cards where id = $1 for update', [id])
    const body = method === 'PATCH' ? { body: { front: 'New' } } : {}
    const writing = ana.call(method, `${path}/${id}`, { ...body, headers })
    await lock.awaited(method === 'PATCH' ? 'update public.cards' : 'delete from public.cards')
    await lock.commit('delete from public.cards where id = $1', [id])
    expect(outcomeOf(await writing)).toBe(outcome)
  })
})

describe('another person', () => {
  it('gets 404 for a card as for an id that does not exist, and changes nothing', async () => {
    const { id, etag } = await createCard(ana, { front: 'Front of ana' })
    const before = await stored(id)
    for (const to of [id, randomUUID(), 'no-id'])
      for (const [method, request] of [
        ['GET', {}],
        ['GET', { headers: { 'if-none-match': etag } }],
        ['PATCH', { body: { front: 'Mine' } }],
        ['PATCH', { body: { front: 'Mine' }, headers: { 'if-match': etag } }],
        ['DELETE', {}],
        ['DELETE', { headers: { 'if-match': '"x"' } }],
      ] as const)
        expect(outcomeOf(await ben.call(method, `${path}/${to}`, request)), `${method} ${to}`).toBe('404 not_found')
    expect(await frontsOf(ben, '?search=front&limit=100')).not.toContain('Front of ana')
    expect(await stored(id)).toEqual(before)
    for (const [method, to] of [
      ['GET', path],
      ['POST', path],
      ['GET', `${path}/${id}`],
      ['DELETE', `${path}/${id}`],
    ] as const)
      expect(outcomeOf(await apiSystem.send(method, to)), method).toBe('401 unauthorized')
  })
})
