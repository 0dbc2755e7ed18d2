import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { countBlocks } from '../support/buffers.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { call } from '../support/team.ts'

let system: System
let ana: TestPerson
let ben: TestPerson
beforeAll(async () => {
  system = await startSystem()
  ben = await system.person()
})
afterAll(() => system?.stop())
beforeEach(async () => {
  ana = await system.person()
})

const rows = async (sql: string, values: unknown[] = []) => (await system.admin.query(sql, values)).rows
const addCard = async ({ id }: TestPerson): Promise<string> =>
  (await rows(`insert into public.cards (user_id, front, back) values ($1, 'Front', 'Back') returning id`, [id]))[0].id
const outcome = { state: 'review', due: '2100-01-01T00:00:00Z', stability: 8.2956, difficulty: 1.5, learning_step: 0 }
const record = (by: TestPerson, card: string, review: object = {}) => {
  const row = {
    id: randomUUID(),
    card_id: card,
    reps: 1,
    rating: 'easy',
    reviewed_at: '2026-11-28T12:00:00.123Z',
    ...outcome,
  }
  const json = JSON.stringify({ ...row, scheduled_days: 8, lapses: 0, ...review })
  return call(system, by.id, 'recto.record_review($1)', [json])
}
const stateOf = async (card: string) => ({
  schedules: await rows('select * from public.card_schedules where card_id = $1', [card]),
  reviews: await rows('select * from public.card_reviews where card_id = $1 order by reps', [card]),
})

describe('a new card', () => {
  it('has a schedule of its person from its first moment, whoever makes it and however many at once', async () => {
    await ana.client.from('cards').insert([
      { front: 'One', back: 'Back' },
      { front: 'Two', back: 'Back' },
    ])
    await addCard(ana)
    const schedules = await ana.client.from('card_schedules').select('*, cards(created_at)')
    expect(schedules.data).toHaveLength(3)
    for (const { cards, due, ...schedule } of schedules.data ?? []) {
      expect(due).toBe(cards.created_at)
      expect(schedule).toMatchObject({
        user_id: ana.id,
        state: 'new',
        reps: 0,
        reviewed: false,
        last_reviewed_at: null,
      })
    }
  })
})

describe('recto.lock_schedule', () => {
  it('returns a later time than the last review, and nothing for a card of another person', async () => {
    const card = await addCard(ana)
    const lock = (by: TestPerson, id = card) => call(system, by.id, 'recto.lock_schedule($1)', [id])
    expect(Math.abs(Number(await lock(ana)) - Date.now())).toBeLessThan(30_000)
    await record(ana, card, { reviewed_at: '2050-01-01T00:00:00Z' })
    expect(await lock(ana)).toEqual(new Date('2050-01-01T00:00:00.001Z'))
    expect([await lock(ben), await lock(ana, randomUUID())]).toEqual([null, null])
  })
})

describe('recto.record_review', () => {
  it('stores numbers exactly, and belongs to the caller whatever the row says', async () => {
    const card = await addCard(ana)
    await record(ana, card, { stability: 0.1 + 0.2, difficulty: 7.02698957, user_id: ben.id })
    const { schedules, reviews } = await stateOf(card)
    for (const row of [...schedules, ...reviews])
      expect(row).toMatchObject({ user_id: ana.id, stability: 0.1 + 0.2, difficulty: 7.02698957, reps: 1 })
    expect(schedules[0].last_reviewed_at).toEqual(reviews[0].reviewed_at)
  })

  it.each([
    ['a number that is taken', { reps: 1 }, '40001'],
    ['a number too high', { reps: 3 }, '40001'],
    ['no number', { reps: null }, '40001'],
    ['the time of the last one', { reps: 2, reviewed_at: '2026-11-28T12:00:00.123Z' }, '40001'],
    ['a schedule before it', { reps: 2, reviewed_at: '2026-12-01T00:00:00Z', due: '2026-11-30T00:00:00Z' }, '23514'],
    ['another rating', { reps: 2, reviewed_at: '2026-12-01T00:00:00Z', rating: 'manual' }, '23514'],
    ['a state of new', { reps: 2, reviewed_at: '2026-12-01T00:00:00Z', state: 'new' }, '23514'],
  ])('refuses a review with %s, and changes nothing', async (_what, review, code) => {
    const card = await addCard(ana)
    await record(ana, card)
    const before = await stateOf(card)
    await expect(record(ana, card, review)).rejects.toMatchObject({ code })
    expect(await stateOf(card)).toEqual(before)
  })

  it('refuses a review of another person’s card, and an id twice for one person but not for two', async () => {
    const [card, second, bens] = [await addCard(ana), await addCard(ana), await addCard(ben)]
    const id = randomUUID()
    await expect(record(ben, card)).rejects.toMatchObject({ code: '40001' })
    await record(ana, card, { id })
    await expect(record(ana, second, { id })).rejects.toMatchObject({ code: '23505', constraint: 'card_reviews_pkey' })
    await record(ben, bens, { id })
    expect((await stateOf(second)).schedules).toMatchObject([{ state: 'new', reps: 0 }])
  })
})

describe('a review', () => {
  it('is never changed, also by an administrator, and goes with its card and its person', async () => {
    const card = await addCard(ana)
    await record(ana, card)
    await expect(rows(`update public.card_reviews set rating = 'again' where card_id = $1`, [card])).rejects.toThrow(
      'a review of a card is never changed',
    )
    await rows('delete from public.cards where id = $1', [card])
    expect(await stateOf(card)).toEqual({ schedules: [], reviews: [] })
    const second = await addCard(ana)
    await record(ana, second)
    await rows('delete from auth.users where id = $1', [ana.id])
    expect(await stateOf(second)).toEqual({ schedules: [], reviews: [] })
  })
})

describe('due cards', () => {
  it('are found in few blocks, with thousands of cards that are due, new or not due', async () => {
    await rows(
      `insert into public.cards (user_id, front, back, created_at)
       select p, 'Front ' || n, 'Back', now() - make_interval(secs => 90000 - n) from unnest($1::uuid[]) p, generate_series(1, 6000) n`,
      [[ana.id, ben.id]],
    )
    await rows(
      `update public.card_schedules s set state = 'review', reps = 1, last_reviewed_at = now() - interval '90 days',
         due = now() + (n % 200 - 100) * interval '1 day'
       from (select id, row_number() over (partition by user_id) as n from public.cards) c
       where c.id = s.card_id and n % 3 > 0`,
    )
    await rows('vacuum analyze public.cards, public.card_schedules')
    const blocksOf = (text: string) =>
      asPerson(system.supabase.adminUrl, ana.id, async (client) => {
        const { rows: found, blocks } = await countBlocks(client, { text })
        return [found, blocks < 40]
      })
    const select = 'select * from public.card_schedules where user_id = (select auth.uid())'
    expect(await blocksOf(`${select} and reviewed and due <= now() order by due, card_id limit 20`)).toEqual([20, true])
    expect(await blocksOf(`${select} and not reviewed order by due, card_id limit 20`)).toEqual([20, true])
  })
})
