import type { DueCard, Preview, Rating, Schedule } from '@recto/shared/learning'
import { type CardInput, type Card as FsrsCard, fsrs, type Grade, Rating as Grades, State } from 'ts-fsrs'

// Intervals are not scattered at random, so that a schedule can be computed again from its reviews.
const scheduler = fsrs({ enable_fuzz: false })

const grades: Record<Rating, Grade> = {
  again: Grades.Again,
  hard: Grades.Hard,
  good: Grades.Good,
  easy: Grades.Easy,
}

const states = {
  [State.New]: 'new',
  [State.Learning]: 'learning',
  [State.Review]: 'review',
  [State.Relearning]: 'relearning',
} as const satisfies Record<State, Schedule['state']>

const fsrsStates: Record<Schedule['state'], State> = {
  new: State.New,
  learning: State.Learning,
  review: State.Review,
  relearning: State.Relearning,
}

const toFsrs = ({ due, stability, difficulty, reps, lapses, ...schedule }: Schedule): CardInput => ({
  ...{ due, stability, difficulty, reps, lapses },
  state: fsrsStates[schedule.state],
  learning_steps: schedule.learning_step,
  scheduled_days: schedule.scheduled_days,
  last_review: schedule.last_reviewed_at,
  // The algorithm counts these days itself.
  elapsed_days: 0,
})

/** Six digits behind the second, as the times of Postgres have in answers. */
const isoOf = (time: Date): string => time.toISOString().replace('Z', '000Z')

const fromFsrs = ({ stability, difficulty, reps, lapses, ...card }: FsrsCard, at: string): Schedule => ({
  state: states[card.state],
  due: isoOf(card.due),
  ...{ stability, difficulty, reps, lapses },
  learning_step: card.learning_steps,
  scheduled_days: card.scheduled_days,
  last_reviewed_at: at,
})

/**
 * The schedule of a card after a review. The same arguments lead to the same schedule.
 * @param at a time of whole milliseconds, not before the last review
 */
export const rate = (schedule: Schedule, rating: Rating, at: string): Schedule =>
  fromFsrs(scheduler.next(toFsrs(schedule), at, grades[rating]).card, at)

/** What each rating would lead to at that time, as `rate` computes it. */
export const previewsOf = (schedule: Schedule, at: string): DueCard['previews'] => {
  const outcomes = scheduler.repeat(toFsrs(schedule), at)
  const preview = (rating: Rating): Preview => {
    const { state, due, scheduled_days } = fromFsrs(outcomes[grades[rating]].card, at)
    return { state, due, scheduled_days }
  }
  return { again: preview('again'), hard: preview('hard'), good: preview('good'), easy: preview('easy') }
}
