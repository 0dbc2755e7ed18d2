import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { goTo } from '../../router/route.ts'
import { home, type ViewProps } from '../../router/routes.ts'
import { usePerson } from '../../session/person.tsx'
import { useAccess } from '../../session/session.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { useToast } from '../../ui/toast.tsx'
import { Desk } from './desk.tsx'
import { type Opened, openReview } from './open-review.ts'
import { reviewTexts } from './texts.ts'

/** Why there is nothing to review, and where to go. */
const Nothing = ({ generation }: Pick<Opened, 'generation'>) => {
  const text = useTexts(reviewTexts)
  if (generation === null)
    return (
      <Empty title={text.empty}>
        <a href={`#${home}`}>{text.create}</a>
      </Empty>
    )
  const isReady = generation.finished_at !== null
  return (
    <Empty title={!isReady ? text.notReady : generation.suggestions_count > 0 ? text.othersCards : text.noCards}>
      <a href={`#/generations/${generation.id}`}>{text.seeLive}</a>
    </Empty>
  )
}

/** Opens the review, and tells the person when a decision cannot be stored after the view was left. */
const useReview = (generationId: string | null) => {
  const { recto, id: personId } = usePerson()
  const { auth } = useAccess()
  const queries = useQueryClient()
  const toast = useToast()
  const text = useTexts(reviewTexts)
  const query = useQuery({
    queryKey: ['review', generationId],
    queryFn: ({ signal }) => {
      const onSignOut = (ended: () => void) => {
        const stop = auth.subscribe((session) => {
          if (session?.user.id === personId) return
          ended()
          stop()
        })
      }
      return openReview({ recto, personId, onSignOut }, generationId, signal)
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
      const path = generationId === null ? '/review' : `/generations/${generationId}/review`
      const action = { label: text.toReview, run: () => goTo(path) }
      store?.watch(() => toast({ text: text.failed(1), action }))
      // Cards and counts of other views have changed.
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'source', refetchType: 'none' })
    }
  }, [store, generationId, queries, text, toast])
  return query
}

/** The suggestions of one generation, or all that wait for a decision, flagged ones first. */
const Review = ({ params }: ViewProps) => {
  const id = params.id ?? null
  const text = useTexts(reviewTexts)
  const query = useReview(id)
  return (
    <>
      {query.data === undefined && <h1>{text.title}</h1>}
      <Loaded query={query}>
        {({ store, generation, hasMore }) =>
          store.state().order.length === 0 ? (
            <>
              <h1>{text.title}</h1>
              <Nothing generation={generation} />
            </>
          ) : (
            <Desk
              key={query.dataUpdatedAt}
              store={store}
              generationId={id}
              onMore={hasMore ? () => void query.refetch() : null}
            />
          )
        }
      </Loaded>
    </>
  )
}
export default Review
