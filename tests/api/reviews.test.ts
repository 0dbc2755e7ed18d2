import { randomUUID } from 'node:crypto'
import { CardReview, type Rating, ratings, type Schedule, scheduleStates } from '@recto/shared/learning'
import { createEmptyCard, fsrs, Rating as Grades } from 'ts-fsrs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { lockRow } from '../support/lock-row.ts'
import { type ApiPerson, type ApiSystem, startApiSystem } from './api-system.ts'
import { connect, outcomeOf, type Send } from './client.ts'
import { createLearning, personAt } from './learning.ts'

let apiSystem: ApiSystem
/** Another API process. */
let other: Send
let learning: ReturnType<typeof createLearning>
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  learning = createLearning(apiSystem)
  other = await connect((await apiSystem.system.startApi()).url)
})
afterAll(() => apiSystem?.stop())
beforeEach(async () => {
  ana = await apiSystem.person()
})

const inMilliseconds = (schedule: Schedule): Schedule => ({
  ...schedule,
  due: new Date(schedule.due).toISOString(),
  last_reviewed_at: schedule.last_reviewed_at && new Date(schedule.last_reviewed_at).toISOString(),
})

/** The schedule of a card, computed again by ts-fsrs alone from the reviews of the card. */
const recomputed = async (card: string): Promise<Schedule> => {
  const grades = { again: Grades.Again, hard: Grades.Hard, good: Grades.Good, easy: Grades.Easy } as const
  const algorithm = fsrs({ enable_fuzz: false })
  const { due, stability, difficulty, learning_steps, scheduled_days, reps, lapses, last_review, state } = (
    await learning.logOf(card)
  ).reduce(
    (known, { rating, reviewed_at }) => algorithm.next(known, reviewed_at, grades[z.enum(ratings).parse(rating)]).card,
    createEmptyCard(),
  )
  const memory = { stability, difficulty, learning_step: learning_steps, scheduled_days, reps, lapses }
  const name = z.enum(scheduleStates).parse(scheduleStates[state])
  return { state: name, due: due.toISOString(), ...memory, last_reviewed_at: last_review?.toISOString() ?? null }
}

describe('POST /api/cards/:id/reviews', () => {
  it('writes the review with the schedule that it led to, at the time of the server', async () => {
    const card = await learning.addCard(ana)
    const id = randomUUID()
    const began = Date.now()
    const reply = await learning.review(ana, card, { id: id.toUpperCase(), rating: 'easy' })
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
    expect(inMilliseconds(answer.schedule)).toEqual(await learning.scheduleOf(card))
    expect(await learning.logOf(card)).toMatchObject([{ id, user_id: ana.id, rating: 'easy', reps: 1 }])
  })

  it('has the same answer for the same id, once, after other reviews and through another process too', async () => {
    const card = await learning.addCard(ana)
    const body = { id: randomUUID(), rating: 'good' }
    const first = await learning.review(ana, card, body)
    await learning.reviewed(ana, card, 'again')
    const kept = [await learning.scheduleOf(card), await learning.logOf(card)]
    for (const by of [ana, personAt(other, ana)]) {
      const again = await learning.review(by, card, body, { 'if-match': '"0"' })
      expect([again.status, again.headers.get('idempotency-replayed'), again.json]).toEqual([201, 'true', first.json])
    }
    expect([await learning.scheduleOf(card), await learning.logOf(card)]).toEqual(kept)
  })

  it('counts one of 30 concurrent requests with the same id through two processes', async () => {
    const card = await learning.addCard(ana)
    const id = randomUUID()
    const processes = [ana, personAt(other, ana)]
    const replies = await Promise.all(
      Array.from({ length: 30 }, (_, n) => learning.review(processes[n % 2] ?? ana, card, { id, rating: 'good' })),
    )
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(replies.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1)
    expect(await learning.logOf(card)).toHaveLength(1)
    expect((await learning.scheduleOf(card)).reps).toBe(1)
  })

  it('counts each of 40 concurrent reviews through two processes, and the schedule can be computed again', async () => {
    const card = await learning.addCard(ana)
    const processes = [ana, personAt(other, ana)]
    const replies = await Promise.all(
      Array.from({ length: 40 }, (_, n) => learning.review(processes[n % 2] ?? ana, card, { rating: ratings[n % 4] })),
    )
    expect(new Set(replies.map(outcomeOf))).toEqual(new Set(['201']))
    const log = await learning.logOf(card)
    expect(log.map(({ reps }) => reps)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1))
    const times = log.map(({ reviewed_at }) => reviewed_at.getTime())
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b))
    expect(await learning.scheduleOf(card)).toEqual(await recomputed(card))
    expect((await learning.scheduleOf(card)).reps).toBe(40)
  })

  it('answers 412 in the tab that had not read the review of the other tab', async () => {
    const card = await learning.addCard(ana)
    const match = (rating: Rating, reps: string) => learning.review(ana, card, { rating }, { 'if-match': reps })
    const both = await Promise.all([match('good', '"0"'), match('again', '"0"')])
    expect(both.map(outcomeOf).toSorted()).toEqual(['201', '412 precondition_failed'])
    expect(await learning.logOf(card)).toHaveLength(1)
    for (const reps of ['"0"', '1', '', 'W/"2"'])
      expect(outcomeOf(await match('good', reps))).toBe('412 precondition_failed')
    for (const reps of ['"1"', 'W/"2"', '*']) expect(outcomeOf(await match('good', reps))).toBe('201')
  })

  it('answers 422 to an id that another rating or card has, also at the same time', async () => {
    const [card = '', second = ''] = await learning.addCards(ana, 2)
    const id = randomUUID()
    await learning.review(ana, card, { id, rating: 'good' })
    expect(outcomeOf(await learning.review(ana, card, { id, rating: 'hard' }))).toBe('422 idempotency_key_reused')
    expect(outcomeOf(await learning.review(ana, second, { id, rating: 'good' }))).toBe('422 idempotency_key_reused')
    const shared = randomUUID()
    const both = await Promise.all([
      learning.review(ana, card, { id: shared, rating: 'good' }),
      learning.review(personAt(other, ana), second, { id: shared, rating: 'good' }),
    ])
    expect(both.map(outcomeOf).toSorted()).toEqual(['201', '422 idempotency_key_reused'])
    for (const each of [card, second])
      expect((await learning.scheduleOf(each)).reps).toBe((await learning.logOf(each)).length)
  })

  it('waits for a review of another process that has the same id for another card', async () => {
    const [card = '', second = ''] = await learning.addCards(ana, 2)
    const id = randomUUID()
    const insert = `insert into public.card_reviews values ($1, $2, $3, 1, 'good', now(), 'review', now() + interval '1 day', 1, 1, 0, 1, 0)`
    const lock = await lockRow(apiSystem.system, insert, [ana.id, id, second])
    const late = learning.review(ana, card, { id, rating: 'good' })
    await lock.awaited('record_review')
    await lock.commit('select 1', [])
    expect(outcomeOf(await late)).toBe('422 idempotency_key_reused')
    expect(await learning.scheduleOf(card)).toMatchObject({ state: 'new', reps: 0 })
    expect(await learning.logOf(card)).toEqual([])
  })

  it.each([
    ['23 hours', '429 rate_limited'],
    ['25 hours', '201'],
  ])('of a card whose hundredth last one is %s old is answered with %s', async (age, outcome) => {
    const card = await learning.addCard(ana)
    await learning.rows(
      `insert into public.card_reviews select $1, gen_random_uuid(), $2, n, 'again', now() - $3::interval + n * interval '1 minute', 'learning',
         now() + interval '1 day', 1, 5, 0, 0, 0 from generate_series(1, 100) n`,
      [ana.id, card, age],
    )
    await learning.rows(
      `update public.card_schedules set state = 'learning', reps = 100, stability = 1, difficulty = 5, last_reviewed_at = now() - interval '20 hours'
       where card_id = $1`,
      [card],
    )
    const before = await learning.scheduleOf(card)
    const reply = await learning.review(ana, card, { rating: 'good' })
    expect(outcomeOf(reply)).toBe(outcome)
    const wait = Number(reply.headers.get('retry-after'))
    expect(outcome === '201' ? wait === 0 : wait > 3_000 && wait <= 3_660).toBe(true)
    expect((await learning.logOf(card)).length).toBe(outcome === '201' ? 101 : 100)
    expect((await learning.scheduleOf(card)).reps).toBe(outcome === '201' ? 101 : before.reps)
  })

  it('takes place after the last review when the clock of the database was set back', async () => {
    const card = await learning.addCard(ana)
    await learning.reviewed(ana, card, 'good')
    await learning.letPass(card, '-5 days')
    const last = (await learning.scheduleOf(card)).last_reviewed_at ?? ''
    const { reviewed_at } = await learning.reviewed(ana, card, 'good')
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
    const card = await learning.addCard(ana)
    expect(outcomeOf(await learning.review(ana, card, { rating: 'good', ...body }))).toBe('400 invalid_request')
    expect(await learning.logOf(card)).toEqual([])
  })
})
