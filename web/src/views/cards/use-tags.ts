import { useQuery } from '@tanstack/react-query'
import { usePerson } from '../../session/person.tsx'

/** Tags are suggested as far as the newest cards that have some go. */
const mostCards = 500

/** The person's tags, to choose from. The API has no list of them, so PostgREST answers; without it nothing is suggested. */
export const useTags = (): string[] => {
  const { rest } = usePerson()
  const { data } = useQuery({
    queryKey: ['tags'],
    queryFn: async ({ signal }) => {
      const path = `cards?select=tags&tags=neq.${encodeURIComponent('{}')}&order=created_at.desc&limit=${mostCards}`
      const rows = await rest.select<{ tags: string[] }[]>(path, signal)
      return [...new Set(rows.flatMap(({ tags }) => tags))].sort((one, other) => one.localeCompare(other))
    },
    staleTime: 60_000,
  })
  return data ?? []
}
