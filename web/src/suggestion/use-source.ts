import { useQuery } from '@tanstack/react-query'
import { usePerson } from '../session/person.tsx'

type Source = { source_text: string | null; request_id: string | null; user_id: string }

/**
 * The text of a generation, the id of the request and of the person who submitted it. The text is null when it was
 * deleted, and all of it is null when the person has no such generation.
 */
export const useSource = (id: string) => {
  const { rest } = usePerson()
  return useQuery({
    queryKey: ['source', id],
    queryFn: async ({ signal }): Promise<Source | null> => {
      const path = `ai_generations?select=source_text,request_id,user_id&id=eq.${encodeURIComponent(id)}`
      const [row] = await rest.select<Source[]>(path, signal)
      return row ?? null
    },
    staleTime: 600_000,
  })
}
