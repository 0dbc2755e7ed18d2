import { randomUUID } from 'node:crypto'
import { CardReview, DueCard, type Rating, Schedule } from '@recto/shared/learning'
import { z } from 'zod'
import { type ApiPerson, type ApiSystem, callAs } from './api-system.ts'
import { outcomeOf, type Send } from './client.ts'

export const path = '/api/cards'
const Counts = z.strictObject({ due: z.int(), new: z.int() })
const Due = z.strictObject({ data: z.array(DueCard), counts: Counts, next_cursor: z.null() })

/** A person at another API process. */
export const personAt = (other: Send, person: ApiPerson): ApiPerson => ({ ...person, call: callAs(other, person) })

/** What tests of learning do with cards, their schedules and their reviews. */
export const createLearning = ({ system }: ApiSystem) => {
  const rows = async (sql: string, values: unknown[] = []) => (await system.admin.query(sql, values)).rows

  /** Adds cards that are a second apart, and returns their ids. */
  const addCards = async (by: ApiPerson, count: number): Promise<string[]> => {
    const added = await rows(
      `insert into public.cards (user_id, front, back, created_at)
       select $1, 'Front ' || n, 'Back', now() - interval '1 hour' + n * interval '1 second' from generate_series(1, $2::int) n
       returning id`,
      [by.id, count],
    )
    return added.map(({ id }) => id)
  }
  const review = (by: ApiPerson, card: string, body: object, headers: Record<string, string> = {}) =>
    by.call('POST', `${path}/${card}/reviews`, { body: { id: randomUUID(), ...body }, headers })
  const dueAnswer = async (by: ApiPerson, query: string) =>
    Due.parse((await by.call('GET', `${path}/due${query}`)).json)

  return {
    rows,
    addCards,
    addCard: async (by: ApiPerson): Promise<string> => z.string().parse((await addCards(by, 1))[0]),
    review,
    /** Reviews a card, and throws unless that is answered with 201. */
    reviewed: async (by: ApiPerson, card: string, rating: Rating): Promise<CardReview> => {
      const reply = await review(by, card, { rating })
      if (outcomeOf(reply) !== '201') throw new Error(`not reviewed: ${outcomeOf(reply)}`)
      return CardReview.parse(reply.json)
    },
    dueOf: async (by: ApiPerson, query = '') => (await dueAnswer(by, query)).data,
    countsOf: async (by: ApiPerson, query = '') => (await dueAnswer(by, query)).counts,
    // Rows of the tests' own connections have Dates, which are sent as texts.
    scheduleOf: async (card: string): Promise<Schedule> => {
      const [row] = await rows('select * from public.card_schedules where card_id = $1', [card])
      return Schedule.parse(JSON.parse(JSON.stringify(row)))
    },
    logOf: (card: string) => rows('select * from public.card_reviews where card_id = $1 order by reps', [card]),
    /** Lets time pass for a card, as if all its reviews had been earlier. */
    letPass: async (card: string, interval: string) => {
      await rows(
        `update public.card_schedules set due = due - $2::interval, last_reviewed_at = last_reviewed_at - $2::interval
        where card_id = $1`,
        [card, interval],
      )
    },
  }
}
