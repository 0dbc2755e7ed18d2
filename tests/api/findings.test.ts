import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findingRow, seedGeneration, seedReview } from '../support/seed.ts'
import { createTeam } from '../support/team.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

const path = '/api/ai/findings'
let apiSystem: ApiSystem
let ana: ApiPerson
let ben: ApiPerson
let reviewId: string
let [first, second] = ['', '']
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ben = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())
beforeEach(async () => {
  ana = await apiSystem.person()
  const seeded = await seedReview(apiSystem.system.admin, ana.id)
  ;[reviewId, first] = [seeded.id, seeded.findingId]
  second = await addFinding(reviewId, { position: 2, fingerprint: 'f2', replacement: '  if (a === b) {\n    return a' })
})

/** Adds a finding to a review as superuser. */
const addFinding = async (id: string, more: Partial<typeof findingRow>): Promise<string> => {
  const row = { generation_id: id, user_id: ana.id, ...findingRow, ...more }
  const columns = Object.keys(row)
  const { rows } = await apiSystem.system.admin.query(
    `insert into public.ai_findings (${columns}) values (${columns.map((_, n) => `$${n + 1}`)}) returning id`,
    Object.values(row),
  )
  return rows[0].id
}
const list = (by: ApiPerson, id = reviewId) => by.call('GET', `${generationsPath}/${id}/findings`)
const decide = (by: ApiPerson, id: string, body: object) => by.call('PATCH', `${path}/${id}`, { body })
const review = (by: ApiPerson, ...decisions: object[]) => by.call('POST', `${path}/review`, { body: { decisions } })

describe('GET /api/ai/generations/:id/findings', () => {
  it('answers the findings in order, a suggested replacement as suggestion', async () => {
    const { replacement: _, ...shown } = findingRow
    const common = { ...shown, generation_id: reviewId, status: 'proposed', reject_reason: null, reviewed_at: null }
    const created_at = expect.stringMatching(/Z$/)
    const suggestion = { replacement: '  if (a === b) {\n    return a' }
    expect((await list(ana)).json).toEqual({
      status: 'succeeded',
      data: [
        { ...common, id: first, created_at },
        { ...common, id: second, created_at, position: 2, fingerprint: 'f2', suggestion },
      ],
      next_cursor: null,
    })
  })

  it('answers an empty list for flashcards, and Retry-After while a generation is live', async () => {
    const { id } = await seedGeneration(apiSystem.system.admin, ana.id)
    expect((await list(ana, id)).json).toEqual({ status: 'succeeded', data: [], next_cursor: null })
    const live = await list(ana, idOf(await ana.submit()))
    expect([live.status, live.headers.get('retry-after')]).toEqual([200, '1'])
  })

  it('answers 404 to another person and for ids that do not exist', async () => {
    expect(outcomeOf(await list(ben))).toBe('404 not_found')
    for (const id of [randomUUID(), '1', '%00']) expect(outcomeOf(await list(ana, id))).toBe('404 not_found')
  })
})

describe('GET /api/ai/generations/:id/result of a code review', () => {
  it('has the summary and the findings, and no summary once it was dropped with the code', async () => {
    const read = async () => JSON.parse((await ana.call('GET', `${generationsPath}/${reviewId}/result`)).text)
    const { data } = JSON.parse((await list(ana)).text)
    expect(await read()).toMatchObject({ kind: 'code_review', summary: 'One remark.', findings: data })
    await apiSystem.system.admin.query(
      'update public.ai_generations set input = null, output = null, text_digest = null where id = $1',
      [reviewId],
    )
    expect(await read()).toMatchObject({ kind: 'code_review', summary: null, findings: data })
  })
})

describe('GET /api/ai/generations/:id/result?format= of a code review', () => {
  const read = (format: string) => ana.call('GET', `${generationsPath}/${reviewId}/result?format=${format}`)

  it('answers SARIF, rdjson and markdown under their types, and without those that were rejected where that is said', async () => {
    await decide(ana, second, { action: 'reject', reason: 'intended' })
    const [sarif, rdjson, markdown] = [await read('sarif'), await read('rdjson'), await read('markdown')]
    expect(sarif.headers.get('content-type')).toBe('application/sarif+json')
    expect(sarif.json).toMatchObject({
      runs: [{ results: [{ guid: first }, { guid: second, suppressions: [{ justification: 'intended' }] }] }],
    })
    expect(rdjson.json).toMatchObject({
      source: { name: 'recto' },
      diagnostics: [{ location: { path: 'src/add.ts' } }],
    })
    expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
    expect(markdown.text.match(/^## /gm)).toHaveLength(1)
  })

  it('has an ETag for each format, and names the formats in the error about another one', async () => {
    const etags = []
    for (const format of ['json', 'sarif', 'rdjson', 'markdown']) etags.push((await read(format)).headers.get('etag'))
    expect(new Set(etags).size).toBe(4)
    expect((await read('html')).json).toMatchObject({
      code: 'invalid_request',
      errors: [
        { path: 'format', message: 'must be json, sarif, rdjson, markdown for a generation of the kind code_review' },
      ],
    })
  })
})

describe('PATCH /api/ai/findings/:id', () => {
  it('accepts, rejects with a reason and undoes, and answers the same again', async () => {
    for (const _ of [1, 2])
      expect((await decide(ana, first, { action: 'accept' })).json).toMatchObject({
        id: first,
        status: 'accepted',
        reviewed_at: expect.stringMatching(/Z$/),
      })
    expect(outcomeOf(await decide(ana, first, { action: 'reject', reason: 'wrong' }))).toBe('409 already_reviewed')
    expect((await decide(ana, first, { action: 'undo' })).json).toMatchObject({ status: 'proposed', reviewed_at: null })
    expect((await decide(ana, first, { action: 'reject', reason: 'intended' })).json).toMatchObject({
      status: 'rejected',
      reject_reason: 'intended',
    })
  })

  it('answers 404 to another person, 403 to a member of a team that shares its texts, and changes nothing', async () => {
    const team = await createTeam(apiSystem.system, ana.id, [[ben.id, 'member']], { shares: true })
    const shared = await seedReview(apiSystem.system.admin, ana.id, team)
    expect(outcomeOf(await decide(ben, first, { action: 'accept' }))).toBe('404 not_found')
    expect(outcomeOf(await list(ben, shared.id))).toBe('200')
    expect(outcomeOf(await decide(ben, shared.findingId, { action: 'accept' }))).toBe('403 not_yours')
    expect((await list(ana, shared.id)).json).toMatchObject({ data: [{ status: 'proposed' }] })
  })

  it.each([
    ['no action', {}],
    ['an unknown action', { action: 'dismiss' }],
    ['no reason', { action: 'reject' }],
    ['a reason of suggestions', { action: 'reject', reason: 'too_easy' }],
    ['an undo with a reason', { action: 'undo', reason: 'other' }],
    ['an edit', { action: 'accept', front: 'x' }],
    ['a person', { action: 'accept', user_id: randomUUID() }],
  ])('answers 400 to a body with %s', async (_what, body) => {
    expect(outcomeOf(await decide(ana, first, body))).toBe('400 invalid_request')
    expect((await list(ana)).json).toMatchObject({ data: [{ status: 'proposed' }, { status: 'proposed' }] })
  })
})

describe('POST /api/ai/findings/review', () => {
  it('carries out all decisions, in their order', async () => {
    const { json } = await review(
      ana,
      { id: second, action: 'accept' },
      { id: first, action: 'reject', reason: 'not_relevant' },
    )
    const data = [
      { id: second, status: 'accepted', suggestion: { replacement: expect.any(String) } },
      { id: first, status: 'rejected', reject_reason: 'not_relevant' },
    ]
    expect(json).toMatchObject({ data, next_cursor: null })
  })

  it('changes nothing when one decision is denied, and says which', async () => {
    const answer = await review(ana, { id: first, action: 'accept' }, { id: randomUUID(), action: 'undo' })
    expect(outcomeOf(answer)).toBe('404 not_found')
    expect(answer.json).toMatchObject({ errors: [{ path: 'decisions.1.id' }] })
    const of = { id: first, action: 'accept' }
    expect(outcomeOf(await review(ana, of, of))).toBe('400 invalid_request')
    expect(outcomeOf(await review(ana))).toBe('400 invalid_request')
    const many = Array.from({ length: 101 }, () => ({ id: randomUUID(), action: 'undo' }))
    expect(outcomeOf(await review(ana, ...many))).toBe('400 invalid_request')
    expect((await list(ana)).json).toMatchObject({ data: [{ status: 'proposed' }, { status: 'proposed' }] })
  })
})
