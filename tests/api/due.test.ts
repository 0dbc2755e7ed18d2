import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedGeneration } from '../support/seed.ts'
import { type ApiPerson, type ApiSystem, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'
import { createLearning, path } from './learning.ts'

let apiSystem: ApiSystem
let learning: ReturnType<typeof createLearning>
let ana: ApiPerson
let ben: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  learning = createLearning(apiSystem)
  ben = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())
beforeEach(async () => {
  ana = await apiSystem.person()
})

describe('GET /api/cards/due', () => {
  it('lists cards that are due longest, then some of the new ones, each with what a rating would lead to', async () => {
    const [first = '', second = '', third = ''] = await learning.addCards(ana, 14)
    await learning.addCard(ben)
    for (const card of [second, first, third]) await learning.reviewed(ana, card, 'again')
    for (const [card, interval] of [
      [second, '3 days'],
      [first, '2 days'],
    ] as const)
      await learning.letPass(card, interval)
    const due = await learning.dueOf(ana)
    const fronts = due.map(({ card }) => card.front)
    const news = Array.from({ length: 10 }, (_, n) => `Front ${n + 4}`)
    expect(fronts).toEqual(['Front 2', 'Front 1', ...news])
    expect(due[0]?.schedule).toMatchObject({ state: 'learning', reps: 1, lapses: 0 })
    expect(due[2]?.schedule).toMatchObject({ state: 'new', reps: 0, last_reviewed_at: null })
    expect(due[2]?.previews).toMatchObject({
      again: { state: 'learning', scheduled_days: 0 },
      hard: { state: 'learning', scheduled_days: 0 },
      good: { state: 'learning', scheduled_days: 0 },
      easy: { state: 'review', scheduled_days: 8 },
    })
    expect((await learning.dueOf(ana, '?new=0')).map(({ card }) => card.front)).toEqual(['Front 2', 'Front 1'])
    expect((await learning.dueOf(ana, '?limit=3&new=2')).map(({ card }) => card.front)).toEqual([
      'Front 2',
      'Front 1',
      'Front 4',
    ])
    expect(await learning.dueOf(ana, '?limit=100&new=100')).toHaveLength(13)
  })

  it('has a card again once its time has come, and previews that come true', async () => {
    const card = await learning.addCard(ana)
    for (const rating of ['good', 'good', 'again', 'hard'] as const) {
      const [before] = await learning.dueOf(ana)
      const { schedule, reviewed_at } = await learning.reviewed(ana, card, rating)
      const preview = before?.previews[rating]
      expect(preview).toMatchObject({ state: schedule.state, scheduled_days: schedule.scheduled_days })
      const late = Date.parse(schedule.due) - Date.parse(preview?.due ?? '')
      expect([late >= 0, late < 60_000]).toEqual([true, true])
      expect(Date.parse(reviewed_at)).toBeLessThan(Date.parse(schedule.due))
      expect(await learning.dueOf(ana)).toEqual([])
      // As long as the schedule says: the days are those of the calendar, so it is another time just after midnight.
      await learning.letPass(card, `${Math.ceil((Date.parse(schedule.due) - Date.now()) / 1000)} seconds`)
    }
    expect((await learning.dueOf(ana)).map(({ schedule }) => schedule.reps)).toEqual([4])
  })

  it('has only cards with the tag, of the person alone, and counts them', async () => {
    const [first = '', second = '', third = '', fourth = ''] = await learning.addCards(ana, 5)
    const bens = await learning.addCard(ben)
    await learning.rows(`update public.cards set tags = array['cell', 'all'] where id = any ($1)`, [
      [second, third, bens],
    ])
    await learning.rows(`update public.cards set tags = array['cells'] where id = any ($1)`, [[first, fourth]])
    for (const card of [first, third]) await learning.reviewed(ana, card, 'again')
    for (const card of [first, third]) await learning.letPass(card, '1 day')
    const idsOf = async (query: string) => (await learning.dueOf(ana, query)).map(({ card }) => card.id)
    expect(await idsOf('?tag=cell')).toEqual([third, second])
    expect(await idsOf('?tag=cells&new=0')).toEqual([first])
    expect(await idsOf('?tag=cell&limit=1')).toEqual([third])
    expect(await idsOf('?tag=none')).toEqual([])
    expect(await learning.countsOf(ana)).toEqual({ due: 2, new: 3 })
    expect(await learning.countsOf(ana, '?tag=cell&new=0')).toEqual({ due: 1, new: 1 })
    expect(await learning.countsOf(ana, '?tag=none')).toEqual({ due: 0, new: 0 })
  })

  it('finds due and new cards among thousands with a tag, and counts at most 1,000', async () => {
    await learning.addCards(ana, 2_600)
    await learning.rows(
      `update public.cards set tags = case when right(front, 1) in ('3', '7') then array['many', 'some'] else array['many'] end where user_id = $1`,
      [ana.id],
    )
    await learning.rows(
      `update public.card_schedules set state = 'review', reps = 1, stability = 1, difficulty = 5,
         last_reviewed_at = now() - interval '9 days', due = due - interval '1 day' where user_id = $1 and abs(hashtext(card_id::text)) % 2 = 0`,
      [ana.id],
    )
    for (const tag of ['many', 'some']) {
      const plain = await learning.rows(
        `select c.id, s.reviewed from public.cards c join public.card_schedules s on s.card_id = c.id where c.user_id = $1
           and c.tags @> array[$2] order by s.reviewed desc, s.due, s.card_id`,
        [ana.id, tag],
      )
      const [due, fresh] = [plain.filter(({ reviewed }) => reviewed), plain.filter(({ reviewed }) => !reviewed)]
      const ids = (await learning.dueOf(ana, `?tag=${tag}&limit=100&new=30`)).map(({ card }) => card.id)
      expect(ids).toEqual(due.slice(0, 100).map(({ id }) => id))
      const mixed = (await learning.dueOf(ana, `?tag=${tag}&limit=3&new=100`)).map(({ card }) => card.id)
      expect(mixed).toEqual(ids.slice(0, 3))
      const counts = { due: Math.min(due.length, 1_000), new: Math.min(fresh.length, 1_000) }
      expect(await learning.countsOf(ana, `?tag=${tag}`)).toEqual(counts)
    }
    expect(await learning.countsOf(ana)).toEqual({ due: 1_000, new: 1_000 })
  })

  it('reads few blocks, also with thousands of cards', async () => {
    await learning.addCards(ana, 4000)
    await learning.rows(
      `update public.card_schedules set state = 'review', reps = 1, stability = 1, difficulty = 5,
         last_reviewed_at = now() - interval '9 days', due = now() - interval '1 day' where user_id = $1 and random() < 0.7`,
      [ana.id],
    )
    await learning.rows('analyze public.cards, public.card_schedules')
    const blocksOf = async (statement: string) => {
      const [row] = await learning.rows(
        `select sum(shared_blks_hit + shared_blks_read) as blocks from extensions.pg_stat_statements where query like $1`,
        [`select ${statement}%`],
      )
      return Number(row.blocks)
    }
    const read = () =>
      Promise.all(['%from public.card_schedules%cross join lateral', '(select count(*)%'].map(blocksOf))
    const [listed = 0, counted = 0] = await read()
    for (let n = 0; n < 8; n++) expect(await learning.dueOf(ana, '?limit=2&new=1')).toHaveLength(2)
    const [list = 0, counts = 0] = await read()
    expect(list - listed).toBeLessThan(8 * 60)
    // Each of the thousand cards that are counted may need a look at its row.
    expect(counts - counted).toBeLessThan(8 * 2_100)
  })

  it('begins with the cards that a suggestion was accepted into', async () => {
    const { suggestionIds } = await seedGeneration(apiSystem.system.admin, ana.id)
    await ana.call('PATCH', `/api/ai/suggestions/${suggestionIds[0]}`, { body: { action: 'accept' } })
    expect(await learning.dueOf(ana)).toMatchObject([
      { card: { suggestion_id: suggestionIds[0] }, schedule: { state: 'new' } },
    ])
  })

  it.each([
    'limit=0',
    'limit=101',
    'new=-1',
    'new=101',
    'new=',
    'cursor=x',
    'now=2030-01-01',
    'user_id=1',
    'tag=',
    'tag=a%20b',
  ])('answers 400 to ?%s', async (query) => {
    expect(outcomeOf(await ana.call('GET', `${path}/due?${query}`))).toBe('400 invalid_request')
  })
})
