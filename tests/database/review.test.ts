import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { lockRow } from '../support/lock-row.ts'
import type { TestPerson } from '../support/person.ts'
import { seedGeneration } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'
import { call, createTeam } from '../support/team.ts'

type Decision = { id: string; action: string; front?: string; back?: string; reason?: string }
type Row = Record<string, unknown> & { id: string }

let system: System
let ana: TestPerson
let ben: TestPerson
let generationId: string
let [first, second] = ['', '']
beforeAll(async () => {
  system = await startSystem()
  ben = await system.person()
})
afterAll(() => system?.stop())
beforeEach(async () => {
  ana = await system.person()
  const seeded = await seedGeneration(system.admin, ana.id)
  generationId = seeded.id
  ;[first = '', second = ''] = seeded.suggestionIds
})

const rows = async (sql: string, values: unknown[]): Promise<Row[]> => (await system.admin.query(sql, values)).rows
const suggestion = async (id: string) => (await rows('select * from public.ai_suggestions where id = $1', [id]))[0]
const cardsOf = (id: string) => rows('select * from public.cards where suggestion_id = $1', [id])

/** Reviews as a person and commits. Returns the suggestions, or throws pg's DatabaseError. */
const review = (by: TestPerson, decisions: Decision[] | unknown): Promise<Row[]> =>
  asPerson(
    system.supabase.adminUrl,
    by.id,
    async (client) => {
      const text = 'select * from public.review_suggestions($1)'
      return (await client.query<Row>(text, [JSON.stringify(decisions)])).rows
    },
    { commit: true },
  )

describe('public.review_suggestions', () => {
  it('makes one card of a suggestion that is accepted, and answers the same when that is repeated', async () => {
    for (const _ of [1, 2]) {
      const [row] = await review(ana, [{ id: first, action: 'accept' }])
      expect(row).toMatchObject({ id: first, status: 'accepted', edited: false, reviewed_at: expect.any(Date) })
    }
    expect(await cardsOf(first)).toMatchObject([
      { user_id: ana.id, front: 'Front 1', back: 'Back 1', origin: 'ai', source_quote: 'This', tags: [] },
    ])
  })

  it('puts the edited front and back into the card, and leaves those of the model in the suggestion', async () => {
    const [row] = await review(ana, [{ id: first, action: 'accept', back: 'Better' }])
    expect(row).toMatchObject({ front: 'Front 1', back: 'Back 1', status: 'accepted', edited: true })
    expect(await cardsOf(first)).toMatchObject([{ front: 'Front 1', back: 'Better', origin: 'ai_edited' }])
  })

  it('does not call a suggestion edited whose front and back were sent as they are', async () => {
    const [row] = await review(ana, [{ id: first, action: 'accept', front: 'Front 1', back: 'Back 1' }])
    expect(row).toMatchObject({ status: 'accepted', edited: false })
    expect(await cardsOf(first)).toMatchObject([{ origin: 'ai' }])
  })

  it('rejects with a reason, makes no card, and takes both back', async () => {
    const [rejected] = await review(ana, [{ id: first, action: 'reject', reason: 'too_easy' }])
    expect(rejected).toMatchObject({ status: 'rejected', reject_reason: 'too_easy', edited: false })
    const [undone] = await review(ana, [{ id: first, action: 'undo' }])
    expect(undone).toMatchObject({ status: 'proposed', reject_reason: null, reviewed_at: null })
    await review(ana, [{ id: first, action: 'accept', front: 'Other' }])
    const [again] = await review(ana, [{ id: first, action: 'undo' }])
    expect(again).toMatchObject({ status: 'proposed', edited: false, reviewed_at: null })
    expect(await cardsOf(first)).toEqual([])
  })

  it('does not undo an acceptance once the card was changed, and undoes it once the card was deleted', async () => {
    await review(ana, [{ id: first, action: 'accept' }])
    await ana.client
      .from('cards')
      .update({ tags: ['mine'] })
      .eq('suggestion_id', first)
    await expect(review(ana, [{ id: first, action: 'undo' }])).rejects.toMatchObject({
      code: 'PT409',
      detail: JSON.stringify({ ids: [first], code: 'card_changed' }).replaceAll(/([:,])/g, '$1 '),
    })
    expect(await cardsOf(first)).toMatchObject([{ tags: ['mine'] }])
    await ana.client.from('cards').delete().eq('suggestion_id', first)
    await review(ana, [{ id: first, action: 'accept' }])
    expect(await cardsOf(first)).toEqual([])
    expect(await review(ana, [{ id: first, action: 'undo' }])).toMatchObject([{ status: 'proposed' }])
  })

  it.each([
    ['rejects what is accepted', { action: 'accept' }, { action: 'reject', reason: 'wrong' }],
    ['accepts what is rejected', { action: 'reject', reason: 'wrong' }, { action: 'accept' }],
    ['changes the reason', { action: 'reject', reason: 'wrong' }, { action: 'reject', reason: 'other' }],
    ['edits what is accepted', { action: 'accept' }, { action: 'accept', back: 'Better' }],
    ['edits it otherwise', { action: 'accept', back: 'Good' }, { action: 'accept', back: 'Better' }],
    ['accepts without the edit', { action: 'accept', back: 'Good' }, { action: 'accept' }],
  ])('refuses a decision that %s, and changes nothing', async (_what, before, after) => {
    await review(ana, [{ id: first, ...before }])
    const kept = [await suggestion(first), await cardsOf(first)]
    await expect(review(ana, [{ id: first, ...after }])).rejects.toMatchObject({ code: 'PT409' })
    expect([await suggestion(first), await cardsOf(first)]).toEqual(kept)
  })

  it('carries out all decisions or none, and returns the suggestions in their order', async () => {
    await review(ana, [{ id: first, action: 'reject', reason: 'unclear' }])
    const both = [
      { id: second, action: 'accept' },
      { id: first, action: 'accept' },
    ]
    await expect(review(ana, both)).rejects.toMatchObject({ code: 'PT409' })
    expect(await suggestion(second)).toMatchObject({ status: 'proposed' })
    await review(ana, [{ id: first, action: 'undo' }])
    expect((await review(ana, both)).map(({ id }) => id)).toEqual([second, first])
    await review(ana, both)
    for (const id of [first, second]) expect(await cardsOf(id)).toHaveLength(1)
  })

  it('denies the suggestions of another person and ids that do not exist in the same way', async () => {
    for (const id of [first, randomUUID()])
      await expect(review(ben, [{ id, action: 'accept' }])).rejects.toMatchObject({
        code: 'PT404',
        detail: `{"ids": ["${id}"], "code": "not_found"}`,
      })
    expect(await suggestion(first)).toMatchObject({ status: 'proposed' })
  })

  it('lets only the person who generated a suggestion decide about it, also in a team that shares its texts', async () => {
    const team = await createTeam(system, ben.id, [[ana.id, 'member']], { shares: true })
    await system.admin.query('update public.ai_generations set account_id = $1, created_at = now() where id = $2', [
      team,
      generationId,
    ])
    await system.admin.query('update public.ai_suggestions set written_at = now() where generation_id = $1', [
      generationId,
    ])
    await review(ana, [{ id: second, action: 'accept' }])
    const read = await ben.client
      .from('ai_suggestions')
      .select('id, status, cards(id)')
      .eq('generation_id', generationId)
    expect(read.data?.toSorted((a, b) => a.status.localeCompare(b.status))).toEqual([
      { id: second, status: 'accepted', cards: null },
      { id: first, status: 'proposed', cards: null },
    ])
    for (const decision of [
      { id: first, action: 'accept' },
      { id: first, action: 'reject', reason: 'wrong' },
      { id: second, action: 'undo' },
    ])
      await expect(review(ben, [decision])).rejects.toMatchObject({
        code: 'PT403',
        detail: `{"ids": ["${decision.id}"], "code": "not_yours"}`,
      })
    expect(await cardsOf(second)).toMatchObject([{ user_id: ana.id }])
    await call(system, ana.id, 'public.remove_member($1, $2)', [team, ana.id])
    expect(await review(ana, [{ id: first, action: 'accept' }])).toMatchObject([{ status: 'accepted' }])
  })

  it('looks again whether a suggestion that is accepted equals a card of the person', async () => {
    await ana.client.from('cards').insert({ front: 'FRONT  1', back: 'Báck 1' })
    await ben.client.from('cards').insert({ front: 'Front 2', back: 'Back 2' })
    const accepted = await review(ana, [
      { id: first, action: 'accept' },
      { id: second, action: 'accept' },
    ])
    expect(accepted.map(({ flags }) => flags)).toEqual([['duplicate_of_card'], []])
    await review(ana, [{ id: first, action: 'undo' }])
    await ana.client.from('cards').delete().is('suggestion_id', null)
    expect(await review(ana, [{ id: first, action: 'accept' }])).toMatchObject([{ flags: [] }])
  })

  const id = '00000000-0000-4000-8000-000000000000'
  it.each([
    ['null', null],
    ['an object', {}],
    ['no decision', []],
    ['101 decisions', Array.from({ length: 101 }, () => ({ id: randomUUID(), action: 'undo' }))],
    ['10,000 decisions', Array.from({ length: 10_000 }, () => ({ id: randomUUID(), action: 'undo' }))],
    ['a decision that is no object', ['accept']],
    ['an unknown field', [{ id, action: 'accept', user_id: id }]],
    ['an id that is none', [{ id: 'x', action: 'accept' }]],
    ['no id', [{ action: 'accept' }]],
    ['no action', [{ id }]],
    ['an unknown action', [{ id, action: 'delete' }]],
    ['a reject without reason', [{ id, action: 'reject' }]],
    ['a reject with another reason', [{ id, action: 'reject', reason: 'boring' }]],
    ['an accept with a reason', [{ id, action: 'accept', reason: 'wrong' }]],
    ['an undo with a front', [{ id, action: 'undo', front: 'Front' }]],
    ['a front that is no text', [{ id, action: 'accept', front: 5 }]],
    ['an empty front', [{ id, action: 'accept', front: '' }]],
    ['a blank back', [{ id, action: 'accept', back: '\u3000\n' }]],
    ['a front of 201 characters', [{ id, action: 'accept', front: '😀'.repeat(201) }]],
    ['a back of a million characters', [{ id, action: 'accept', back: 'x'.repeat(1_000_000) }]],
    ['a suggestion twice', [id, id].map((same) => ({ id: same, action: 'undo' }))],
    ['a suggestion twice in other letters', ['aa', 'AA'].map((end) => ({ id: id.slice(0, -2) + end, action: 'undo' }))],
  ])('refuses a request with %s', async (_what, decisions) => {
    await expect(review(ana, decisions)).rejects.toMatchObject({ code: 'PT400' })
  })

  it('takes a front of 200 characters outside of the basic plane', async () => {
    await review(ana, [{ id: first, action: 'accept', front: '😀'.repeat(200) }])
    expect(await cardsOf(first)).toHaveLength(1)
  })
})

describe('a deletion while its rows are reviewed', () => {
  const outcomesOf = async (...works: Promise<unknown>[]): Promise<string[]> =>
    (await Promise.allSettled(works)).map((one) => (one.status === 'fulfilled' ? 'done' : String(one.reason.message)))
  const both = () => [first, second].toSorted().map((id) => ({ id, action: 'accept' }))

  it('of the person waits for the review, and takes the cards along', async () => {
    const lock = await lockRow(system, 'select from public.ai_suggestions where id = $1 for update', [second])
    const reviewed = review(ana, both())
    await lock.awaited('review_suggestions')
    const deletion = system.admin.query('delete from auth.users where id = $1', [ana.id])
    await lock.awaited('delete from auth.users')
    await lock.release()
    expect(await outcomesOf(reviewed, deletion)).toEqual(['done', 'done'])
    expect(await rows('select id from public.cards where user_id = $1', [ana.id])).toEqual([])
  })

  it('of the generation waits for the review, and leaves the cards', async () => {
    const lock = await lockRow(system, 'select from public.ai_suggestions where id = $1 for update', [second])
    const reviewed = review(ana, both())
    await lock.awaited('review_suggestions')
    const deletion = call(system, ana.id, 'recto.delete_generation($1)', [generationId])
    await lock.awaited('delete_generation')
    await lock.release()
    expect(await outcomesOf(reviewed, deletion)).toEqual(['done', 'done'])
    const left = await rows('select suggestion_id, origin, source_quote from public.cards where user_id = $1', [ana.id])
    expect(left).toEqual([1, 2].map(() => ({ suggestion_id: null, origin: 'ai', source_quote: 'This' })))
  })

  it('of the generation that begins first leaves nothing to review', async () => {
    const lock = await lockRow(system, 'select from public.ai_suggestions where id = $1 for update', [second])
    const deletion = call(system, ana.id, 'recto.delete_generation($1)', [generationId])
    await lock.awaited('delete_generation')
    const reviewed = review(ana, both())
    await lock.awaited('review_suggestions')
    await lock.release()
    expect(await outcomesOf(deletion, reviewed)).toEqual(['done', 'there is no such suggestion'])
  })
})
