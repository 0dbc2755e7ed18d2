import { randomUUID } from 'node:crypto'
import { CardReview, DueCard, type Rating, ratings, Schedule, scheduleStates } from '@recto/shared/learning'
import { createEmptyCard, fsrs, Rating as Grades } from 'ts-fsrs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { lockRow } from '../support/lock-row.ts'
import { seedGeneration } from '../support/seed.ts'
import { createTeam } from '../support/team.ts'
import { type ApiPerson, type ApiSystem, callAs, startApiSystem } from './api-system.ts'
import { connect, outcomeOf, type Send } from './client.ts'

const path = '/api/cards'
const Due = z.strictObject({ data: z.array(DueCard), next_cursor: z.null() })

let apiSystem: ApiSystem
/** Another API process. */
let other: Send
let ana: ApiPerson
let ben: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  other = await connect((await apiSystem.system.startApi()).url)
  ben = await apiSystem.person()
})
afterAll(() => apiSystem?.system.stop())
beforeEach(async () => {
  ana = await apiSystem.person()
})

const rows = async (sql: string, values: unknown[] = []) => (await apiSystem.system.admin.query(sql, values)).rows
const addCards = async (by: ApiPerson, count: number): Promise<string[]> => {
  const added = await rows(
    `insert into public.cards (user_id, front, back, created_at)
     select $1, 'Front ' || n, 'Back', now() - interval '1 hour' + n * interval '1 second' from generate_series(1, $2::int) n
     returning id`,
    [by.id, count],
  )
  return added.map(({ id }) => id)
}
const addCard = async (by: ApiPerson): Promise<string> => z.string().parse((await addCards(by, 1))[0])
const review = (by: ApiPerson, card: string, body: object, headers: Record<string, string> = {}) =>
  by.call('POST', `${path}/${card}/reviews`, { body: { id: randomUUID(), ...body }, headers })
const reviewed = async (by: ApiPerson, card: string, rating: Rating): Promise<CardReview> => {
  const reply = await review(by, card, { rating })
  expect(outcomeOf(reply)).toBe('201')
  return CardReview.parse(reply.json)
}
const dueOf = async (by: ApiPerson, query = '') => Due.parse((await by.call('GET', `${path}/due${query}`)).json).data
const scheduleOf = async (card: string) =>
  Schedule.parse(asSent((await rows('select * from public.card_schedules where card_id = $1', [card]))[0]))
const logOf = (card: string) => rows('select * from public.card_reviews where card_id = $1 order by reps', [card])
/** Rows of the tests' own connections have Dates. */
const asSent = (row: unknown): unknown => JSON.parse(JSON.stringify(row))
const inMilliseconds = (schedule: Schedule): Schedule => ({
  ...schedule,
  due: new Date(schedule.due).toISOString(),
  last_reviewed_at: schedule.last_reviewed_at && new Date(schedule.last_reviewed_at).toISOString(),
})
/** Lets time pass for a card, as if all its reviews had been earlier. */
const letPass = async (card: string, interval: string) => {
  await rows(
    `update public.card_schedules set due = due - $2::interval, last_reviewed_at = last_reviewed_at - $2::interval
    where card_id = $1`,
    [card, interval],
  )
}

/** The schedule of a card, computed again by ts-fsrs alone from the reviews of the card. */
const recomputed = async (card: string): Promise<Schedule> => {
  const grades = { again: Grades.Again, hard: Grades.Hard, good: Grades.Good, easy: Grades.Easy } as const
  const algorithm = fsrs({ enable_fuzz: false })
  const { due, stability, difficulty, learning_steps, scheduled_days, reps, lapses, last_review, state } = (
    await logOf(card)
  ).reduce(
    (known, { rating, reviewed_at }) => algorithm.next(known, reviewed_at, grades[z.enum(ratings).parse(rating)]).card,
    createEmptyCard(),
  )
  const memory = { stability, difficulty, learning_step: learning_steps, scheduled_days, reps, lapses }
  const name = z.enum(scheduleStates).parse(scheduleStates[state])
  return { state: name, due: due.toISOString(), ...memory, last_reviewed_at: last_review?.toISOString() ?? null }
}

describe('GET /api/cards/due', () => {
  it('lists cards that are due longest, then some of the new ones, each with what a rating would lead to', async () => {
    const [first = '', second = '', third = ''] = await addCards(ana, 14)
    await addCard(ben)
    for (const card of [second, first, third]) await reviewed(ana, card, 'again')
    for (const [card, interval] of [
      [second, '3 days'],
      [first, '2 days'],
    ] as const)
      await letPass(card, interval)
    const due = await dueOf(ana)
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
    expect((await dueOf(ana, '?new=0')).map(({ card }) => card.front)).toEqual(['Front 2', 'Front 1'])
    expect((await dueOf(ana, '?limit=3&new=2')).map(({ card }) => card.front)).toEqual([
      'Front 2',
      'Front 1',
      'Front 4',
    ])
    expect(await dueOf(ana, '?limit=100&new=100')).toHaveLength(13)
  })

  it('has a card again once its time has come, and previews that come true', async () => {
    const card = await addCard(ana)
    for (const [rating, interval] of [
      ['good', '10 minutes'],
      ['good', '2 days'],
      ['again', '10 minutes'],
      ['hard', '20 days'],
    ] as const) {
      const [before] = await dueOf(ana)
      const { schedule, reviewed_at } = await reviewed(ana, card, rating)
      const preview = before?.previews[rating]
      expect(preview).toMatchObject({ state: schedule.state, scheduled_days: schedule.scheduled_days })
      const late = Date.parse(schedule.due) - Date.parse(preview?.due ?? '')
      expect([late >= 0, late < 60_000]).toEqual([true, true])
      expect(Date.parse(reviewed_at)).toBeLessThan(Date.parse(schedule.due))
      expect(await dueOf(ana)).toEqual([])
      await letPass(card, interval)
    }
    expect((await dueOf(ana)).map(({ schedule }) => schedule.reps)).toEqual([4])
  })

  it('reads few blocks, also with thousands of cards', async () => {
    await addCards(ana, 4000)
    await rows(
      `update public.card_schedules set state = 'review', reps = 1, stability = 1, difficulty = 5,
         last_reviewed_at = now() - interval '9 days', due = now() - interval '1 day' where user_id = $1 and random() < 0.7`,
      [ana.id],
    )
    await rows('analyze public.cards, public.card_schedules')
    const read = async () =>
      Number(
        (
          await rows(
            `select sum(shared_blks_hit + shared_blks_read) as blocks from extensions.pg_stat_statements
             where query like '%public.card_schedules%not s.reviewed%' and query not like '%pg_stat_statements%'`,
          )
        )[0].blocks,
      )
    const before = await read()
    for (let n = 0; n < 8; n++) expect(await dueOf(ana, '?limit=2&new=1')).toHaveLength(2)
    expect((await read()) - before).toBeLessThan(8 * 60)
  })

  it('begins with the cards that a suggestion was accepted into', async () => {
    const { suggestionIds } = await seedGeneration(apiSystem.system.admin, ana.id)
    await ana.call('PATCH', `/api/ai/suggestions/${suggestionIds[0]}`, { body: { action: 'accept' } })
    expect(await dueOf(ana)).toMatchObject([{ card: { suggestion_id: suggestionIds[0] }, schedule: { state: 'new' } }])
  })

  it.each(['limit=0', 'limit=101', 'new=-1', 'new=101', 'new=', 'cursor=x', 'now=2030-01-01', 'user_id=1'])(
    'answers 400 to ?%s',
    async (query) => {
      expect(outcomeOf(await ana.call('GET', `${path}/due?${query}`))).toBe('400 invalid_request')
    },
  )
})

describe('POST /api/cards/:id/reviews', () => {
  it('writes the review with the schedule that it led to, at the time of the server', async () => {
    const card = await addCard(ana)
    const id = randomUUID()
    const began = Date.now()
    const reply = await review(ana, card, { id: id.toUpperCase(), rating: 'easy' })
    expect([reply.status, reply.headers.get('idempotency-replayed')]).toEqual([201, null])
    const answer = CardReview.parse(reply.json)
    expect(answer).toMatchObject({
      id,
      card_id: card,
      rating: 'easy',
      schedule: { state: 'review', scheduled_days: 8, reps: 1 },
    })
    expect(answer.schedule.last_reviewed_at).toBe(answer.reviewed_at)
    const offset = Date.parse(answer.reviewed_at) - began
    expect([offset > -1000, offset < 30_000]).toEqual([true, true])
    expect(inMilliseconds(answer.schedule)).toEqual(await scheduleOf(card))
    expect(await logOf(card)).toMatchObject([{ id, user_id: ana.id, rating: 'easy', reps: 1 }])
  })

  it('has the same answer for the same id, once, after other reviews and through another process too', async () => {
    const card = await addCard(ana)
    const body = { id: randomUUID(), rating: 'good' }
    const first = await review(ana, card, body)
    await reviewed(ana, card, 'again')
    const kept = [await scheduleOf(card), await logOf(card)]
    for (const by of [ana, { ...ana, call: callAs(other, ana) }]) {
      const again = await review(by, card, body, { 'if-match': '"0"' })
      expect([again.status, again.headers.get('idempotency-replayed'), again.json]).toEqual([201, 'true', first.json])
    }
    expect([await scheduleOf(card), await logOf(card)]).toEqual(kept)
  })

  it('counts one of 30 concurrent requests with the same id through two processes', async () => {
    const card = await addCard(ana)
    const id = randomUUID()
    const processes = [ana, { ...ana, call: callAs(other, ana) }]
    const replies = await Promise.all(
      Array.from({ length: 30 }, (_, n) => review(processes[n % 2] ?? ana, card, { id, rating: 'good' })),
    )
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(replies.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1)
    expect(await logOf(card)).toHaveLength(1)
    expect((await scheduleOf(card)).reps).toBe(1)
  })

  it('counts each of 40 concurrent reviews through two processes, and the schedule can be computed again', async () => {
    const card = await addCard(ana)
    const processes = [ana, { ...ana, call: callAs(other, ana) }]
    const replies = await Promise.all(
      Array.from({ length: 40 }, (_, n) => review(processes[n % 2] ?? ana, card, { rating: ratings[n % 4] })),
    )
    expect(new Set(replies.map(outcomeOf))).toEqual(new Set(['201']))
    const log = await logOf(card)
    expect(log.map(({ reps }) => reps)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1))
    const times = log.map(({ reviewed_at }) => reviewed_at.getTime())
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b))
    expect(await scheduleOf(card)).toEqual(await recomputed(card))
    expect((await scheduleOf(card)).reps).toBe(40)
  })

  it('answers 412 in the tab that had not read the review of the other tab', async () => {
    const card = await addCard(ana)
    const match = (rating: Rating, reps: string) => review(ana, card, { rating }, { 'if-match': reps })
    const both = await Promise.all([match('good', '"0"'), match('again', '"0"')])
    expect(both.map(outcomeOf).toSorted()).toEqual(['201', '412 precondition_failed'])
    expect(await logOf(card)).toHaveLength(1)
    for (const reps of ['"0"', '1', '', 'W/"2"'])
      expect(outcomeOf(await match('good', reps))).toBe('412 precondition_failed')
    for (const reps of ['"1"', 'W/"2"', '*']) expect(outcomeOf(await match('good', reps))).toBe('201')
  })

  it('answers 422 to an id that another rating or card has, also at the same time', async () => {
    const [card = '', second = ''] = await addCards(ana, 2)
    const id = randomUUID()
    await review(ana, card, { id, rating: 'good' })
    expect(outcomeOf(await review(ana, card, { id, rating: 'hard' }))).toBe('422 idempotency_key_reused')
    expect(outcomeOf(await review(ana, second, { id, rating: 'good' }))).toBe('422 idempotency_key_reused')
    const shared = randomUUID()
    const both = await Promise.all([
      review(ana, card, { id: shared, rating: 'good' }),
      review({ ...ana, call: callAs(other, ana) }, second, { id: shared, rating: 'good' }),
    ])
    expect(both.map(outcomeOf).toSorted()).toEqual(['201', '422 idempotency_key_reused'])
    for (const each of [card, second]) expect((await scheduleOf(each)).reps).toBe((await logOf(each)).length)
  })

  it('waits for a review of another process that has the same id for another card', async () => {
    const [card = '', second = ''] = await addCards(ana, 2)
    const id = randomUUID()
    const insert = `insert into public.card_reviews values ($1, $2, $3, 1, 'good', now(), 'review', now() + interval '1 day', 1, 1, 0, 1, 0)`
    const lock = await lockRow(apiSystem.system, insert, [ana.id, id, second])
    const late = review(ana, card, { id, rating: 'good' })
    await lock.awaited('record_review')
    await lock.commit('select 1', [])
    expect(outcomeOf(await late)).toBe('422 idempotency_key_reused')
    expect(await scheduleOf(card)).toMatchObject({ state: 'new', reps: 0 })
    expect(await logOf(card)).toEqual([])
  })

  it('takes place after the last review when the clock of the database was set back', async () => {
    const card = await addCard(ana)
    await reviewed(ana, card, 'good')
    await letPass(card, '-5 days')
    const last = (await scheduleOf(card)).last_reviewed_at ?? ''
    const { reviewed_at } = await reviewed(ana, card, 'good')
    expect(Date.parse(reviewed_at) - Date.parse(last)).toBe(1)
  })

  it.each([
    ['no rating', { rating: undefined }],
    ['no id', { id: undefined }],
    ['an id of another form', { id: 'first' }],
    ['a rating of another word', { rating: 'manual' }],
    ['a rating as a number', { rating: 3 }],
    ['a time', { reviewed_at: '2030-01-01T00:00:00Z' }],
    ['a schedule', { schedule: { due: '2030-01-01T00:00:00Z' } }],
    ['another person', { user_id: randomUUID() }],
  ])('answers 400 to a body with %s', async (_what, body) => {
    const card = await addCard(ana)
    expect(outcomeOf(await review(ana, card, { rating: 'good', ...body }))).toBe('400 invalid_request')
    expect(await logOf(card)).toEqual([])
  })
})

describe('a deleted card', () => {
  it('takes its schedule and its reviews along, and answers 404 to a repeated review', async () => {
    const card = await addCard(ana)
    const body = { id: randomUUID(), rating: 'good' }
    await review(ana, card, body)
    expect(outcomeOf(await ana.call('DELETE', `${path}/${card}`))).toBe('204')
    expect(await rows('select from public.card_schedules where user_id = $1', [ana.id])).toEqual([])
    expect(await rows('select from public.card_reviews where user_id = $1', [ana.id])).toEqual([])
    expect(outcomeOf(await review(ana, card, body))).toBe('404 not_found')
  })

  it.each([
    ['the review', 'lock_schedule', 'delete from public.cards'],
    ['the deletion', 'delete from public.cards', 'lock_schedule'],
  ])(
    'is deleted or reviewed one after the other, without a deadlock, when %s waits first',
    async (_what, first, second) => {
      const card = await addCard(ana)
      const anas = { ...ana, call: callAs(other, ana) }
      const works = {
        lock_schedule: () => review(ana, card, { rating: 'good' }),
        'delete from public.cards': () => anas.call('DELETE', `${path}/${card}`),
      }
      const lock = await lockRow(apiSystem.system, 'select from public.card_schedules where card_id = $1 for update', [
        card,
      ])
      const begun = []
      for (const work of [first, second] as (keyof typeof works)[]) {
        begun.push(works[work]())
        await lock.awaited(work)
      }
      await lock.release()
      const outcomes = (await Promise.all(begun)).map(outcomeOf)
      expect(outcomes).toEqual(first === 'lock_schedule' ? ['201', '204'] : ['204', '404 not_found'])
      expect(await logOf(card)).toEqual([])
    },
  )
})

describe('another person', () => {
  it('neither sees nor reviews a card, a colleague of a sharing team neither, and ids of reviews are each person’s', async () => {
    const cleo = await apiSystem.person()
    const team = await createTeam(apiSystem.system, ana.id, [[cleo.id, 'admin']], { shares: true })
    const { id: generation, suggestionIds } = await seedGeneration(apiSystem.system.admin, ana.id)
    await rows('update public.ai_generations set account_id = $1, created_at = now() where id = $2', [team, generation])
    await rows('update public.ai_suggestions set written_at = now() where generation_id = $1', [generation])
    // The colleague does see the suggestion that the card is made of.
    expect((await cleo.call('GET', `/api/ai/generations/${generation}/suggestions`)).text).toContain(suggestionIds[0])
    await ana.call('PATCH', `/api/ai/suggestions/${suggestionIds[0]}`, { body: { action: 'accept' } })
    const [entry] = await dueOf(ana)
    const card = z.string().parse(entry?.card.id)
    const { id } = await reviewed(ana, card, 'hard')
    const kept = [await scheduleOf(card), await logOf(card)]
    for (const by of [ben, cleo]) {
      for (const to of [card, randomUUID(), 'no-id'])
        for (const body of [{ rating: 'good' }, { id, rating: 'hard' }])
          for (const headers of [{}, { 'if-match': '"1"' }, { 'if-match': '"0"' }] as Record<string, string>[])
            expect(outcomeOf(await review(by, to, body, headers)), to).toBe('404 not_found')
      expect((await dueOf(by, '?limit=100&new=100')).map((due) => due.card.id)).not.toContain(card)
      const own = await addCard(by)
      expect(outcomeOf(await review(by, own, { id, rating: 'good' }))).toBe('201')
    }
    for (const [method, to] of [
      ['GET', `${path}/due`],
      ['POST', `${path}/${card}/reviews`],
    ] as const)
      expect(outcomeOf(await apiSystem.send(method, to)), method).toBe('401 unauthorized')
    expect([await scheduleOf(card), await logOf(card)]).toEqual(kept)
  })
})
