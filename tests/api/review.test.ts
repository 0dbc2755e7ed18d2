import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { seedGeneration } from '../support/seed.ts'
import { createTeam } from '../support/team.ts'
import { type ApiPerson, type ApiSystem, startApiSystem } from './api-system.ts'
import { outcomeOf, type Reply } from './client.ts'

const path = '/api/ai/suggestions'
let apiSystem: ApiSystem
let ana: ApiPerson
let ben: ApiPerson
let generationId: string
let [first, second] = ['', '']
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ben = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())
beforeEach(async () => {
  ana = await apiSystem.person()
  const seeded = await seedGeneration(apiSystem.system.admin, ana.id)
  generationId = seeded.id
  ;[first = '', second = ''] = seeded.suggestionIds
})

const rows = async (sql: string, values: unknown[]) => (await apiSystem.system.admin.query(sql, values)).rows
const cardsOf = (id: string) => rows('select id, front, back, origin from public.cards where suggestion_id = $1', [id])
const decide = (by: ApiPerson, id: string, body: object) => by.call('PATCH', `${path}/${id}`, { body })
const review = (by: ApiPerson, ...decisions: object[]) => by.call('POST', `${path}/review`, { body: { decisions } })
const Issues = z.object({ errors: z.array(z.object({ path: z.string() })) })
const pathsOf = ({ json }: Reply) => Issues.parse(json).errors.map((issue) => issue.path)

describe('PATCH /api/ai/suggestions/:id', () => {
  it('accepts an edited suggestion, shows its card, and undoes that', async () => {
    const accepted = await decide(ana, first, { action: 'accept', back: 'Better' })
    const [card] = await cardsOf(first)
    expect(card).toMatchObject({ front: 'Front 1', back: 'Better', origin: 'ai_edited' })
    expect(accepted.json).toMatchObject({
      id: first,
      back: 'Back 1',
      status: 'accepted',
      edited: true,
      card_id: card.id,
      reviewed_at: expect.stringMatching(/Z$/),
    })
    const { json } = await ana.call('GET', `/api/ai/generations/${generationId}/suggestions`)
    expect(json).toMatchObject({
      data: [
        { id: first, card_id: card.id },
        { id: second, card_id: null },
      ],
    })
    expect((await decide(ana, first, { action: 'undo' })).json).toMatchObject({ status: 'proposed', card_id: null })
    expect(await cardsOf(first)).toEqual([])
  })

  it('rejects with a reason, and answers the same again', async () => {
    for (const _ of [1, 2])
      expect((await decide(ana, first, { action: 'reject', reason: 'not_in_source' })).json).toMatchObject({
        status: 'rejected',
        reject_reason: 'not_in_source',
        card_id: null,
      })
    expect(outcomeOf(await decide(ana, first, { action: 'accept' }))).toBe('409 already_reviewed')
  })

  it('answers 409 card_changed once the card was changed', async () => {
    await decide(ana, first, { action: 'accept' })
    await rows(`update public.cards set front = 'Mine' where suggestion_id = $1`, [first])
    expect(outcomeOf(await decide(ana, first, { action: 'undo' }))).toBe('409 card_changed')
  })

  it('answers 409 card_changed once the card was learnt, so that its schedule stays', async () => {
    await decide(ana, first, { action: 'accept' })
    const [card] = await rows('select id from public.cards where suggestion_id = $1', [first])
    await ana.call('POST', `/api/cards/${card?.id}/reviews`, { body: { id: randomUUID(), rating: 'good' } })
    expect(outcomeOf(await decide(ana, first, { action: 'undo' }))).toBe('409 card_changed')
  })

  it.each([
    ['no action', {}],
    ['an unknown action', { action: 'keep' }],
    ['no reason', { action: 'reject' }],
    ['an unknown reason', { action: 'reject', reason: 'boring' }],
    ['a status', { action: 'accept', status: 'accepted' }],
    ['a person', { action: 'accept', user_id: randomUUID() }],
    ['a blank front', { action: 'accept', front: '\u2003' }],
    ['a front with U+0000', { action: 'accept', front: 'a\0b' }],
    ['a front with a lone surrogate', { action: 'accept', front: 'a\ud800' }],
    ['a front of 201 characters', { action: 'accept', front: '😀'.repeat(201) }],
    ['a back of 501 characters', { action: 'accept', back: 'x'.repeat(501) }],
    ['an undo with a reason', { action: 'undo', reason: 'other' }],
  ])('answers 400 to a body with %s', async (_what, body) => {
    expect(outcomeOf(await decide(ana, first, body))).toBe('400 invalid_request')
    expect(await rows('select status from public.ai_suggestions where id = $1', [first])).toEqual([
      { status: 'proposed' },
    ])
  })
})

describe('POST /api/ai/suggestions/review', () => {
  it('carries out all decisions, in their order', async () => {
    const { json } = await review(
      ana,
      { id: second, action: 'accept' },
      { id: first, action: 'reject', reason: 'wrong' },
    )
    expect(json).toMatchObject({
      data: [
        { id: second, status: 'accepted' },
        { id: first, status: 'rejected' },
      ],
      next_cursor: null,
    })
  })

  it('changes nothing when one decision is denied, and says which', async () => {
    const unknown = randomUUID()
    const missing = await review(ana, { id: first, action: 'accept' }, { id: unknown, action: 'undo' })
    expect([outcomeOf(missing), pathsOf(missing)]).toEqual(['404 not_found', ['decisions.1.id']])
    await decide(ana, second, { action: 'reject', reason: 'wrong' })
    const denied = await review(ana, { id: first, action: 'accept' }, { id: second, action: 'accept' })
    expect([outcomeOf(denied), pathsOf(denied)]).toEqual(['409 already_reviewed', ['decisions.1.id']])
    expect(await cardsOf(first)).toEqual([])
  })

  it('answers 400 to no decision, to 101, and to two about one suggestion', async () => {
    const twice = await review(ana, { id: first, action: 'accept' }, { id: first.toUpperCase(), action: 'undo' })
    expect([outcomeOf(twice), pathsOf(twice)]).toEqual(['400 invalid_request', ['decisions.1.id']])
    expect(outcomeOf(await review(ana))).toBe('400 invalid_request')
    const many = Array.from({ length: 101 }, () => ({ id: randomUUID(), action: 'undo' }))
    expect(outcomeOf(await review(ana, ...many))).toBe('400 invalid_request')
  })

  it('accepts 100 suggestions at once', async () => {
    const { rows: made } = await apiSystem.system.admin.query(
      `insert into public.ai_suggestions (generation_id, user_id, position, front, back, source_quote, quote_start, quote_end, fingerprint)
       select $1, $2, n, 'Front ' || n, 'Back ' || n, 'This', 0, 4, 'many ' || n from generate_series(3, 102) n returning id`,
      [generationId, ana.id],
    )
    const answer = await review(ana, ...made.map(({ id }) => ({ id, action: 'accept' })))
    expect(answer.status).toBe(200)
    expect(await rows('select from public.cards where user_id = $1', [ana.id])).toHaveLength(100)
  })
})

describe('GET /api/ai/suggestions', () => {
  const Page = z.object({ data: z.array(z.looseObject({ id: z.string() })), next_cursor: z.string().nullable() })
  const pageOf = async (by: ApiPerson, query = '') => Page.parse((await by.call('GET', `${path}${query}`)).json)
  const idsOf = async (by: ApiPerson, query = '') => (await pageOf(by, query)).data.map(({ id }) => id)

  it('filters by status, generation and flag', async () => {
    await review(ana, { id: first, action: 'accept' })
    await rows(`update public.ai_suggestions set flags = '{yes_no}' where id = $1`, [second])
    const other = await seedGeneration(apiSystem.system.admin, ana.id)
    expect(await idsOf(ana, '?status=accepted')).toEqual([first])
    expect(await idsOf(ana, '?status=proposed')).toEqual([...other.suggestionIds, second])
    expect(await idsOf(ana, `?generation_id=${generationId}`)).toEqual([first, second])
    expect(await idsOf(ana, '?flag=yes_no')).toEqual([second])
    expect(await idsOf(ana, '?flag=yes_no&status=accepted')).toEqual([])
    expect(await idsOf(ana)).toEqual([...other.suggestionIds, first, second])
  })

  it('goes through all pages without gaps, also between suggestions of equal time', async () => {
    const person = await apiSystem.person()
    for (let n = 0; n < 4; n++) await seedGeneration(apiSystem.system.admin, person.id)
    await rows(`update public.ai_suggestions set created_at = '2026-01-01' where user_id = $1 and position = 1`, [
      person.id,
    ])
    const all = await idsOf(person)
    const found: string[] = []
    let cursor: string | null = null
    do {
      const page: z.infer<typeof Page> = await pageOf(person, `?limit=3${cursor ? `&cursor=${cursor}` : ''}`)
      found.push(...page.data.map(({ id }) => id))
      cursor = page.next_cursor
    } while (cursor)
    expect([all.length, found]).toEqual([8, all])
  })

  it.each(['status=kept', 'flag=a b', 'generation_id=1', 'limit=0', 'limit=101', 'cursor=x', 'cursor=', 'user_id=1'])(
    'answers 400 to ?%s',
    async (query) => {
      expect(outcomeOf(await ana.call('GET', `${path}?${query}`))).toBe('400 invalid_request')
    },
  )
})

describe('another person', () => {
  it('neither lists nor reviews the suggestions of a stranger', async () => {
    const { json } = await ben.call('GET', `${path}?generation_id=${generationId}`)
    expect(json).toEqual({ data: [], next_cursor: null })
    for (const id of [first, randomUUID()]) {
      expect(outcomeOf(await decide(ben, id, { action: 'accept' }))).toBe('404 not_found')
      expect(outcomeOf(await review(ben, { id, action: 'reject', reason: 'wrong' }))).toBe('404 not_found')
    }
    expect(outcomeOf(await decide(ben, 'no-id', { action: 'accept' }))).toBe('404 not_found')
    for (const [method, to] of [
      ['GET', path],
      ['PATCH', `${path}/${first}`],
      ['POST', `${path}/review`],
    ] as const)
      expect(outcomeOf(await apiSystem.send(method, to))).toBe('401 unauthorized')
    expect(await cardsOf(first)).toEqual([])
  })

  it('reads the suggestions of a team that shares its texts, and does not review them', async () => {
    const team = await createTeam(apiSystem.system, ben.id, [[ana.id, 'admin']], { shares: true })
    await rows('update public.ai_generations set account_id = $1, created_at = now() where id = $2', [
      team,
      generationId,
    ])
    await rows('update public.ai_suggestions set written_at = now() where generation_id = $1', [generationId])
    await decide(ana, second, { action: 'accept' })
    const { json } = await ben.call('GET', `/api/ai/generations/${generationId}/suggestions`)
    expect(json).toMatchObject({ data: [{ id: first }, { id: second, status: 'accepted', card_id: null }] })
    expect(outcomeOf(await decide(ben, first, { action: 'accept' }))).toBe('403 not_yours')
    const denied = await review(ben, { id: second, action: 'undo' })
    expect([outcomeOf(denied), pathsOf(denied)]).toEqual(['403 not_yours', ['decisions.0.id']])
    expect(await cardsOf(second)).toHaveLength(1)
  })
})
