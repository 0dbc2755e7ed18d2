import type { DueCard } from '@recto/client'
import { useQuery } from '@tanstack/react-query'
import { usePerson } from '../../session/person.tsx'
import { mostDue } from './shown.ts'

export type Due = { data: DueCard[]; counts: { due: number; new: number } }

/** When nothing is due, the page looks again so often, in milliseconds. */
const LOOK_AGAIN_MS = 30_000

/** The cards to learn now, and how many there are. The client answers the cards alone. */
export const useDue = (tag: string) => {
  const { recto } = usePerson()
  const query = new URLSearchParams({ limit: String(mostDue), new: '10', ...(tag !== '' && { tag }) })
  return useQuery({
    queryKey: ['due', tag],
    queryFn: ({ signal }) => recto.request<Due>(`cards/due?${query}`, { signal }),
    // Previews and cards are those of now.
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.data.length === 0 ? LOOK_AGAIN_MS : false),
  })
}

/** A tag in an array of Postgres. */
const arrayOf = (tag: string) => `{"${tag.replaceAll(/["\\]/g, '\\$&')}"}`

/** When the next card is due that was rated before; null when there is none. The API has no answer, so PostgREST has. */
export const useNextDue = (tag: string) => {
  const { rest } = usePerson()
  const filter = tag === '' ? '' : `,cards!inner()&cards.tags=cs.${encodeURIComponent(arrayOf(tag))}`
  return useQuery({
    queryKey: ['due', tag, 'next'],
    queryFn: async ({ signal }) => {
      const path = `card_schedules?reviewed=is.true&order=due&limit=1&select=due${filter}`
      return (await rest.select<{ due: string }[]>(path, signal))[0]?.due ?? null
    },
    staleTime: 0,
  })
}
