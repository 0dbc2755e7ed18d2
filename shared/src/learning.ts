import { z } from 'zod'
import { Card } from './card.ts'

/** How well the person knew a card. `again`: not at all. */
export const ratings = ['again', 'hard', 'good', 'easy'] as const
export type Rating = (typeof ratings)[number]

/** `new`: never reviewed. `learning` and `relearning`: reviewed again within minutes. */
export const scheduleStates = ['new', 'learning', 'review', 'relearning'] as const

/**
 * When a card is to be reviewed, and what the algorithm knows about it. Times are ISO 8601 in UTC. `stability` and
 * `difficulty` are 0 until the first review; `stability` is in days.
 */
export const Schedule = z.object({
  state: z.enum(scheduleStates),
  due: z.string(),
  stability: z.number(),
  difficulty: z.number(),
  learning_step: z.int(),
  scheduled_days: z.int(),
  reps: z.int(),
  lapses: z.int(),
  last_reviewed_at: z.string().nullable(),
})
export type Schedule = z.infer<typeof Schedule>

/** What a rating would lead to. */
export const Preview = Schedule.pick({ state: true, due: true, scheduled_days: true })
export type Preview = z.infer<typeof Preview>

/** A card that is to be reviewed, with what each rating would lead to at the moment of the answer. */
export const DueCard = z.object({
  card: Card,
  schedule: Schedule,
  previews: z.object({ again: Preview, hard: Preview, good: Preview, easy: Preview }),
})
export type DueCard = z.infer<typeof DueCard>

/** A review of a card, with the schedule that it led to. `id` was chosen by the client. */
export const CardReview = z.object({
  id: z.string(),
  card_id: z.string(),
  rating: z.enum(ratings),
  reviewed_at: z.string(),
  schedule: Schedule,
})
export type CardReview = z.infer<typeof CardReview>
