import type { DueCard } from '@recto/client'

/** A card at one point of its history: a rating, here or in another tab, makes another key. */
export const keyOf = ({ card, schedule }: Pick<DueCard, 'card' | 'schedule'>): string => `${card.id}/${schedule.reps}`

/** The card to show: the one that is shown (`shown` is its key) as long as it waits, or else the first that was not rated. */
export const cardToShow = (due: DueCard[], shown: string | null, rated: ReadonlySet<string>): DueCard | null => {
  const waiting = due.filter((one) => !rated.has(keyOf(one)))
  return waiting.find((one) => keyOf(one) === shown) ?? waiting[0] ?? null
}
