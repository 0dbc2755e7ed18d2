import { isOpen, isPlain, statusOf } from './entry.ts'
import type { ReviewState } from './review-state.ts'

/** How far a review is. */
export const countsOf = ({ order, entries }: ReviewState) => {
  const all = order.flatMap((id) => entries[id] ?? []).filter(({ isGone }) => !isGone)
  const open = all.filter(isOpen)
  const decided = all.filter((entry) => !isOpen(entry))
  return {
    total: all.length,
    decided: decided.length,
    accepted: decided.filter((entry) => statusOf(entry) === 'accepted').length,
    rejected: decided.filter((entry) => statusOf(entry) === 'rejected').length,
    left: open.length,
    leftFlagged: open.filter(({ item }) => item.flags.length > 0).length,
    /** What can be accepted at once. */
    plain: open.filter(isPlain).length,
    /** Decisions that are on their way. */
    unsent: all.filter(({ unsent, error }) => unsent !== null && error === null).length,
    /** Decisions that could not be stored. */
    failed: all.filter(({ error }) => error !== null).length,
  }
}

export type Counts = ReturnType<typeof countsOf>
