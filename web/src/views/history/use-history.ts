import type { Generation } from '@recto/client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { usePerson } from '../../session/person.tsx'
import { usePages } from '../../ui/pages.tsx'
import { refreshAfter } from './refresh-after.ts'

export type Status = Generation['status']

/** What the API's list does not tell of a generation. `ai_suggestions`: how many wait for a review. */
export type Row = { id: string; user_id: string; request_id: string | null; ai_suggestions: [{ count: number }] }

/** The generations of the account, newest first. It is read again by itself while one of them is live. */
export const useHistory = (status: Status | null) => {
  const { accountId } = usePerson()
  const filter = status === null ? '' : `&status=${status}`
  const path = `ai/generations?account_id=${accountId}${filter}`
  return usePages<Generation>(['generations', accountId, status], path, refreshAfter)
}

/** Reads who submitted the generations that are shown, by which request, and what of them waits for a review. */
export const useRows = (shown: Generation[]) => {
  const { accountId, rest } = usePerson()
  const oldest = shown.at(-1)?.created_at ?? ''
  // Suggestions come with the end of a generation, so that another status asks again.
  const states = shown.map(({ status }) => status).join()
  return useQuery({
    queryKey: ['generations', accountId, 'rows', oldest, states],
    queryFn: async ({ signal }) => {
      const columns = 'id,user_id,request_id,ai_suggestions(count)'
      const where = `account_id=eq.${accountId}&created_at=gte.${encodeURIComponent(oldest)}`
      const path = `ai_generations?select=${columns}&ai_suggestions.status=eq.proposed&${where}`
      return new Map((await rest.select<Row[]>(path, signal)).map((row) => [row.id, row]))
    },
    enabled: shown.length > 0,
    placeholderData: keepPreviousData,
  })
}
