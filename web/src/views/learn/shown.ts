import type { DueCard } from '@recto/client'

/** A card at one point of its history: a rating, here or in another tab, makes another key. */
export const keyOf = ({ card, schedule }: Pick<DueCard, 'card' | 'schedule'>): string => `${card.id}/${schedule.reps}`

/** How many cards the API is asked for. */
export const mostDue = 20

/**
 * The card to show: the one that is shown as long as it waits, as the list has it now, or else the first one that was not
 * rated. A full list need not have a card that still waits.
 */
export const cardToShow = (due: DueCard[], shown: DueCard | null, rated: ReadonlySet<string>): DueCard | null => {
  const waiting = due.filter((one) => !rated.has(keyOf(one)))
  const same = shown && waiting.find((one) => keyOf(one) === keyOf(shown))
  if (same) return same
  return shown && due.length >= mostDue && !rated.has(keyOf(shown)) ? shown : (waiting[0] ?? null)
}
