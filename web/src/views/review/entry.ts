import type { Finding, Suggestion } from '@recto/client'

/** What a person decides about: a suggested card, or a finding of a code review. */
export type Item = Suggestion | Finding

/** Why a person rejects one. Each kind of item has reasons of its own. */
export type Reason = NonNullable<Item['reject_reason']>

/** A decision as the API takes it. Only a card can be accepted with other words. */
export type Decision =
  | { id: string; action: 'accept'; front?: string; back?: string }
  | { id: string; action: 'reject'; reason: Reason }
  | { id: string; action: 'undo' }

/** The two sides of a card. */
export type Words = { front: string; back: string }

/** An item of the page, and what the person does about it. */
export type Entry<One extends Item = Item> = {
  /** As the API answered it last. */
  item: One
  /** The last decision, until it is stored. */
  unsent: Decision | null
  /** Why the last decision is not stored; null when nothing is wrong. */
  error: unknown
  /** Whether another tab decided about it meanwhile. */
  isElsewhere: boolean
  /** Whether it was deleted meanwhile. */
  isGone: boolean
  /** What the person accepted in place of the model's words, as far as it differs. */
  accepted: Partial<Words> | null
  /** What the person is writing in place of the model's words. */
  draft: Words | null
}

const statusAfter = { accept: 'accepted', reject: 'rejected', undo: 'proposed' } as const

/** The status that the person wants: that of the last decision, also before it is stored. */
export const statusOf = ({ unsent, item }: Entry): Item['status'] => (unsent ? statusAfter[unsent.action] : item.status)

/** Whether a decision is wanted. What could not be stored is open again. */
export const isOpen = (entry: Entry): boolean =>
  !entry.isGone && (statusOf(entry) === 'proposed' || (entry.unsent !== null && entry.error !== null))

/** Whether it passed the checks without a flag, nobody has decided about it, and nobody is writing other words for it. */
export const isPlain = (entry: Entry): boolean =>
  isOpen(entry) && entry.unsent === null && entry.draft === null && entry.item.flags.length === 0

/** What the card says: what the person accepted, or else the model's words. */
export const wordsOf = (entry: Entry<Suggestion>): Words => {
  const { front, back } = entry.item
  return { front, back, ...(statusOf(entry) === 'accepted' && entry.accepted) }
}

/** The words of a decision that accepts a card with other words than the model's. */
export const wordsIn = (decision: Decision): Partial<Words> | null => {
  if (decision.action !== 'accept') return null
  const { id: _, action, ...words } = decision
  return Object.keys(words).length > 0 ? words : null
}
