import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { goTo } from '../../router/route.ts'
import { usePerson } from '../../session/person.tsx'
import { useAccess } from '../../session/session.tsx'
import { useToast } from '../../ui/toast.tsx'
import type { Item } from './entry.ts'
import type { Opened, Owner } from './reviews.ts'
import { reviewTexts } from './texts.ts'

/**
 * Opens the review whose view is at `path`, and tells the person when a decision cannot be stored after the view was
 * left.
 */
export const useReview = <One extends Item, More>(
  path: string,
  open: (owner: Owner, signal: AbortSignal) => Promise<Opened<One, More>>,
) => {
  const { recto, id: personId } = usePerson()
  const { auth } = useAccess()
  const queries = useQueryClient()
  const toast = useToast()
  const text = useTexts(reviewTexts)
  const query = useQuery({
    queryKey: ['review', path],
    queryFn: ({ signal }) => {
      const onSignOut = (ended: () => void) => {
        const stop = auth.subscribe((session) => {
          if (session?.user.id === personId) return
          ended()
          stop()
        })
      }
      return open({ recto, personId, onSignOut }, signal)
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    structuralSharing: false,
  })
  const store = query.data?.store
  useEffect(() => {
    store?.watch(null)
    return () => {
      const action = { label: text.toReview, run: () => goTo(path) }
      store?.watch(() => toast({ text: text.failed(1), action }))
      // Cards and counts of other views have changed.
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'source', refetchType: 'none' })
    }
  }, [store, path, queries, text, toast])
  return query
}
