import type { DecisionAbout, Suggestion } from '@recto/client'

/** The two sides of a card. */
export type Words = { front: string; back: string }

/** A suggestion of the page, and what the person does about it. */
export type Entry = {
  /** As the API answered it last. */
  suggestion: Suggestion
  /** The last decision, until it is stored. */
  unsent: DecisionAbout | null
  /** Why the last decision is not stored; null when nothing is wrong. */
  error: unknown
  /** Whether another tab decided about it meanwhile. */
  isElsewhere: boolean
  /** Whether it was deleted meanwhile. */
  isGone: boolean
  /** What the person accepted in place of the model's words. */
  accepted: Words | null
  /** What the person is writing in place of the model's words. */
  draft: Words | null
}

const statusAfter = { accept: 'accepted', reject: 'rejected', undo: 'proposed' } as const

/** The status that the person wants: that of the last decision, also before it is stored. */
export const statusOf = ({ unsent, suggestion }: Entry): Suggestion['status'] =>
  unsent ? statusAfter[unsent.action] : suggestion.status

/** Whether a decision is wanted. What could not be stored is open again. */
export const isOpen = (entry: Entry): boolean =>
  !entry.isGone && (statusOf(entry) === 'proposed' || (entry.unsent !== null && entry.error !== null))

/** Whether it passed the checks without a flag, nobody has decided about it, and nobody is writing other words for it. */
export const isPlain = (entry: Entry): boolean =>
  isOpen(entry) && entry.unsent === null && entry.draft === null && entry.suggestion.flags.length === 0

/** What the card says: what the person accepted, or else the model's words. */
export const wordsOf = (entry: Entry): Words =>
  statusOf(entry) === 'accepted' && entry.accepted !== null ? entry.accepted : entry.suggestion

/** The words of a decision that accepts a card with other words than the model's. */
export const wordsIn = (decision: DecisionAbout, { front, back }: Words): Words | null =>
  decision.action === 'accept' && (decision.front !== undefined || decision.back !== undefined)
    ? { front: decision.front ?? front, back: decision.back ?? back }
    : null
