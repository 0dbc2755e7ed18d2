import { type Card, isRectoError } from '@recto/client'
import { useQuery } from '@tanstack/react-query'
import { usePerson } from '../../session/person.tsx'

/** The card as it is stored now. It is read again when the person comes back to the tab. */
export const useCard = (id: string | null) => {
  const { recto } = usePerson()
  return useQuery({
    queryKey: ['card', id],
    queryFn: ({ signal }) => recto.request<Card>(`cards/${encodeURIComponent(id ?? '')}`, { signal }),
    enabled: id !== null,
    staleTime: 0,
  })
}

/** Whether an error says that there is no such card. */
export const isGone = (error: unknown): boolean => isRectoError(error) && error.code === 'not_found'
