import { useQuery } from '@tanstack/react-query'
import { usePerson } from '../session/person.tsx'

export type Account = { id: string; kind: 'personal' | 'team'; name: string | null; plan: string }

/** The accounts of the person. The own one is missing until its first generation. */
export const useAccounts = () => {
  const { rest, queries } = usePerson()
  const path = 'accounts?select=id,kind,name,plan&order=name'
  return useQuery({ queryKey: ['accounts'], queryFn: ({ signal }) => rest.select<Account[]>(path, signal) }, queries)
}
