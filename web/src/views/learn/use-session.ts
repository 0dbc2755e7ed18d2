import { type DueCard, isRectoError } from '@recto/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { usePerson } from '../../session/person.tsx'
import type { Rating } from './key-action.ts'
import { cardToShow, keyOf } from './shown.ts'
import type { Due } from './use-due.ts'

/** What became of the card before: how it was rated here, or what another tab did to it. */
export type Before =
  | { rating: Rating; schedule: DueCard['schedule'] }
  | 'ratedElsewhere'
  | 'deletedElsewhere'
  | 'takenElsewhere'

/** What another tab did to the card, by the error of a rating; null when it is something else. */
const doneElsewhere = (error: unknown): 'ratedElsewhere' | 'deletedElsewhere' | null => {
  if (!isRectoError(error)) return null
  if (error.code === 'precondition_failed') return 'ratedElsewhere'
  return error.code === 'not_found' ? 'deletedElsewhere' : null
}

/**
 * Goes through the cards that are due, one at a time. The card stays while it is shown, also when the list is read again,
 * and goes when the API has taken its rating or another tab was faster.
 */
export const useSession = ({ data }: Due) => {
  const { recto } = usePerson()
  const queries = useQueryClient()
  const [rated, setRated] = useState<ReadonlySet<string>>(new Set())
  const [shown, setShown] = useState<DueCard | null>(null)
  const [opened, setOpened] = useState<string | null>(null)
  const [before, setBefore] = useState<Before | null>(null)
  const card = cardToShow(data, shown, rated)
  const key = card && keyOf(card)

  useEffect(() => {
    if (card === shown) return
    if (shown !== null && keyOf(shown) !== key && !rated.has(keyOf(shown))) setBefore('takenElsewhere')
    setShown(card)
  }, [card, key, shown, rated])

  const leave = (left: DueCard, why: Before) => {
    setRated((others) => new Set([...others, keyOf(left)]))
    setBefore(why)
    void queries.invalidateQueries({ queryKey: ['due'] })
  }
  const rate = useMutation({
    mutationFn: ({ due, rating }: { due: DueCard; rating: Rating }) =>
      recto.cards.rate(due.card, rating, { reps: due.schedule.reps }),
    onSuccess: ({ rating, schedule }, { due }) => leave(due, { rating, schedule }),
    onError: (error, { due }) => {
      const why = doneElsewhere(error)
      if (why !== null) leave(due, why)
    },
  })
  return {
    card,
    before,
    isOpen: key !== null && opened === key,
    open: () => setOpened(key),
    isRating: rate.isPending,
    error: doneElsewhere(rate.error) === null ? rate.error : null,
    rate: (rating: Rating) => {
      if (card !== null && !rate.isPending) rate.mutate({ due: card, rating })
    },
  }
}
