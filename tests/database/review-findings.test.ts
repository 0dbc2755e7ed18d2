import { randomUUID } from 'node:crypto'
import type { Json } from '@recto/shared/database.types'
import { findingRejectReasons } from '@recto/shared/kinds/code-review/finding'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import type { TestPerson } from '../support/person.ts'
import { seedReview } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'
import { call, createTeam } from '../support/team.ts'

type Decision = { id: string; action: string; reason?: string }

let system: System
let ana: TestPerson
let ben: TestPerson
let [first, second] = ['', '']
beforeAll(async () => {
  system = await startSystem()
  ben = await system.person()
})
afterAll(() => system?.stop())
beforeEach(async () => {
  ana = await system.person()
  first = (await seedReview(system.admin, ana.id)).findingId
  second = (await seedReview(system.admin, ana.id)).findingId
})

const finding = async (id: string) =>
  (await system.admin.query('select * from public.ai_findings where id = $1', [id])).rows[0]

/** Reviews with supabase-js, as a page does. */
const review = async ({ client }: TestPerson, decisions: Json) => {
  const { status, error, data } = await client.rpc('review_findings', { decisions })
  return { status, code: error?.code, details: error?.details ?? null, data }
}
const decide = (by: TestPerson, decision: Decision) => review(by, [decision])

describe('public.review_findings', () => {
  it('accepts a finding, answers the same when that is repeated, and changes nothing else of it', async () => {
    const before = await finding(first)
    const [once, twice] = [
      await decide(ana, { id: first, action: 'accept' }),
      await decide(ana, { id: first, action: 'accept' }),
    ]
    expect(once).toMatchObject({ status: 200, data: [{ id: first, status: 'accepted', reject_reason: null }] })
    expect(twice).toEqual(once)
    const { reviewed_at, ...after } = await finding(first)
    expect({ ...after, reviewed_at: null, status: 'proposed' }).toEqual(before)
    expect(reviewed_at).toBeInstanceOf(Date)
  })

  it.each([...findingRejectReasons])('rejects a finding as %s, and takes that back', async (reason) => {
    for (const _ of [1, 2])
      expect((await decide(ana, { id: first, action: 'reject', reason })).data).toMatchObject([
        { status: 'rejected', reject_reason: reason },
      ])
    for (const _ of [1, 2])
      expect((await decide(ana, { id: first, action: 'undo' })).data).toMatchObject([
        { status: 'proposed', reject_reason: null, reviewed_at: null },
      ])
  })

  it.each([
    ['rejects what is accepted', { action: 'accept' }, { action: 'reject', reason: 'wrong' }],
    ['accepts what is rejected', { action: 'reject', reason: 'wrong' }, { action: 'accept' }],
    ['changes the reason', { action: 'reject', reason: 'wrong' }, { action: 'reject', reason: 'other' }],
  ])('refuses a decision that %s, and changes nothing', async (_what, before, after) => {
    await decide(ana, { id: first, ...before })
    const kept = await finding(first)
    expect(await decide(ana, { id: first, ...after })).toMatchObject({ status: 409, code: 'PT409' })
    expect(await finding(first)).toEqual(kept)
  })

  it('carries out all decisions or none, and returns the findings in their order', async () => {
    await decide(ana, { id: first, action: 'reject', reason: 'unclear' })
    const both = [
      { id: second, action: 'accept' },
      { id: first, action: 'accept' },
    ]
    expect(await review(ana, both)).toMatchObject({
      status: 409,
      details: `{"ids": ["${first}"], "code": "already_reviewed"}`,
    })
    expect(await finding(second)).toMatchObject({ status: 'proposed' })
    await decide(ana, { id: first, action: 'undo' })
    expect((await review(ana, both)).data).toMatchObject([{ id: second }, { id: first }])
  })

  it('denies the findings of another person and ids that do not exist in the same way', async () => {
    for (const id of [first, randomUUID()])
      expect(await decide(ben, { id, action: 'accept' })).toMatchObject({
        status: 404,
        code: 'PT404',
        details: `{"ids": ["${id}"], "code": "not_found"}`,
      })
    expect(await finding(first)).toMatchObject({ status: 'proposed' })
  })

  it('lets only the person who generated a finding decide about it, also in a team that shares its texts', async () => {
    const team = await createTeam(system, ben.id, [[ana.id, 'member']], { shares: true })
    const { findingId } = await seedReview(system.admin, ana.id, team)
    expect((await ben.client.from('ai_findings').select('id').eq('id', findingId)).data).toEqual([{ id: findingId }])
    expect(await decide(ben, { id: findingId, action: 'accept' })).toMatchObject({ status: 403, code: 'PT403' })
    expect(await decide(ana, { id: findingId, action: 'accept' })).toMatchObject({ status: 200 })
    const silent = await createTeam(system, ben.id, [[ana.id, 'member']])
    const hidden = await seedReview(system.admin, ana.id, silent)
    expect(await decide(ben, { id: hidden.findingId, action: 'accept' })).toMatchObject({ status: 404 })
  })

  it.each<[string, (id: string) => Json]>([
    ['no list', () => ({})],
    ['null', () => null],
    ['no decision', () => []],
    ['101 decisions', () => Array.from({ length: 101 }, () => ({ id: randomUUID(), action: 'undo' }))],
    [
      'two decisions about one finding',
      (id) => [
        { id, action: 'accept' },
        { id: id.toUpperCase(), action: 'undo' },
      ],
    ],
    ['no action', (id) => [{ id }]],
    ['an unknown action', (id) => [{ id, action: 'dismiss' }]],
    ['no id', () => [{ action: 'accept' }]],
    ['a malformed id', () => [{ id: '1', action: 'accept' }]],
    ['a rejection without a reason', (id) => [{ id, action: 'reject' }]],
    ['a reason of suggestions', (id) => [{ id, action: 'reject', reason: 'too_easy' }]],
    ['a reason for an acceptance', (id) => [{ id, action: 'accept', reason: 'wrong' }]],
    ['a field of suggestions', (id) => [{ id, action: 'accept', front: 'x' }]],
    ['a person', (id) => [{ id, action: 'accept', user_id: ana.id }]],
    ['an action that is no text', (id) => [{ id, action: { accept: 1 } }]],
  ])('refuses %s, and changes nothing', async (_what, decisions) => {
    expect(await review(ana, decisions(first))).toMatchObject({ status: 400, code: 'PT400' })
    expect(await finding(first)).toMatchObject({ status: 'proposed' })
  })

  it('carries out one of two different decisions that come at the same time', async () => {
    const lock = await lockRow(system, 'select from public.ai_findings where id = $1 for update', [first])
    const accepting = decide(ana, { id: first, action: 'accept' })
    await lock.awaited('review_findings')
    const rejecting = decide(ana, { id: first, action: 'reject', reason: 'wrong' })
    await lock.release()
    const statuses = [(await accepting).status, (await rejecting).status]
    expect(statuses.toSorted()).toEqual([200, 409])
  })

  it('finds nothing to review when the deletion of the generation begins first', async () => {
    const { generation_id } = await finding(first)
    const lock = await lockRow(system, 'select from public.ai_findings where id = $1 for update', [first])
    const deletion = call(system, ana.id, 'recto.delete_generation($1)', [generation_id])
    await lock.awaited('delete_generation')
    const accepting = decide(ana, { id: first, action: 'accept' })
    await lock.awaited('review_findings')
    await lock.release()
    expect([await deletion, (await accepting).status]).toEqual([true, 404])
  })
})
