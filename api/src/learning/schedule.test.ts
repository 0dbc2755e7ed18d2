import { type Rating, ratings, Schedule } from '@recto/shared/learning'
import fc from 'fast-check'
import { createEmptyCard, type Card as FsrsCard, fsrs, type Grade, State } from 'ts-fsrs'
import { describe, expect, it } from 'vitest'
import { previewsOf, rate } from './schedule.ts'

const begin = Date.parse('2026-11-28T12:00:00.123Z')
const [minute, day] = [60_000, 86_400_000]
const unreviewed: Schedule = {
  state: 'new',
  due: '2026-11-28T11:59:00.123456Z',
  stability: 0,
  difficulty: 0,
  learning_step: 0,
  scheduled_days: 0,
  reps: 0,
  lapses: 0,
  last_reviewed_at: null,
}
const iso = (time: Date) => time.toISOString().replace('Z', '000Z')
const at = (time: number) => iso(new Date(time))
/** What is left of a schedule behind a table and an answer. */
const stored = (schedule: Schedule): Schedule => Schedule.parse(JSON.parse(JSON.stringify(schedule)))

/** A card as ts-fsrs keeps it, in the words of a schedule. */
const described = (card: FsrsCard): Schedule => {
  const { due, stability, difficulty, learning_steps, scheduled_days, reps, lapses, last_review } = card
  const memory = { stability, difficulty, learning_step: learning_steps, scheduled_days, reps, lapses }
  const state = Schedule.shape.state.parse(State[card.state].toLowerCase())
  return { state, due: iso(due), ...memory, last_reviewed_at: last_review ? iso(last_review) : null }
}

const wait = fc.oneof(
  fc.constant(1),
  fc.integer({ min: 1, max: 20 * minute }),
  fc.integer({ min: 1, max: 3 * day }),
  fc.integer({ min: 1, max: 800 * day }),
)
const histories = fc.array(fc.tuple(fc.constantFrom(...ratings), wait), { maxLength: 20 })

describe('a schedule', () => {
  it('is that of ts-fsrs alone after each review of 10,000 random histories, and has its previews', () => {
    const alone = fsrs({ enable_fuzz: false })
    fc.assert(
      fc.property(histories, (history) => {
        let [schedule, card, time] = [unreviewed, createEmptyCard(new Date(begin)), begin]
        for (const [rating, waited] of history) {
          time += waited
          const previews = previewsOf(schedule, at(time))
          const outcomes = ratings.map((each, n) => {
            const { state, due, scheduled_days } = described(alone.next(card, new Date(time), (n + 1) as Grade).card)
            return [each, { state, due, scheduled_days }]
          })
          expect(previews).toEqual(Object.fromEntries(outcomes))
          schedule = stored(rate(schedule, rating, at(time)))
          card = alone.next(card, new Date(time), (ratings.indexOf(rating) + 1) as Grade).card
          expect(schedule).toEqual(described(card))
          expect(previews[rating]).toEqual({
            state: schedule.state,
            due: schedule.due,
            scheduled_days: schedule.scheduled_days,
          })
        }
      }),
      { numRuns: 10_000, seed: 13 },
    )
  })

  // An update of ts-fsrs that changes its numbers would make schedules that cannot be computed again from older reviews.
  it('has the numbers of FSRS-6 that the reviews stored so far were computed with', () => {
    const schedules: Schedule[] = []
    const review = (rating: Rating, offset: number) => {
      const schedule = rate(schedules.at(-1) ?? unreviewed, rating, at(begin + offset))
      schedules.push(schedule)
      return [schedule.state, schedule.scheduled_days, schedule.stability, schedule.difficulty]
    }
    expect(review('good', 0)).toEqual(['learning', 0, 2.3065, 2.11810397])
    expect(review('good', 10 * minute)).toEqual(['review', 2, 2.3065, 2.11121424])
    expect(review('easy', 2 * day)).toEqual(['review', 19, 18.53433169, 1])
    expect(review('again', 30 * day)).toEqual(['relearning', 0, 2.17978104, 7.02698957])
    expect(review('good', 30 * day + 10 * minute)).toEqual(['review', 2, 2.17978104, 7.01519095])
    expect(review('hard', 33 * day)).toEqual(['review', 5, 5.25878695, 8.00377303])
    expect(schedules.at(-1)).toMatchObject({ reps: 6, lapses: 1, last_reviewed_at: at(begin + 33 * day) })
  })
})
