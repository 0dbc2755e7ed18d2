import type { Generation } from '@recto/client'
import { useTexts } from '../../i18n/language.tsx'
import { home, type ViewProps } from '../../router/routes.ts'
import { Empty, Loaded } from '../../ui/states.tsx'
import { Desk } from './desk.tsx'
import { openReview } from './open-review.ts'
import { reviewTexts } from './texts.ts'
import { useReview } from './use-review.ts'

/** Why there is nothing to review, and where to go. */
const Nothing = ({ generation }: { generation: Generation | null }) => {
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

/** The suggestions of one generation, or all that wait for a decision, flagged ones first. */
const Review = ({ params }: ViewProps) => {
  const id = params.id ?? null
  const text = useTexts(reviewTexts)
  const path = id === null ? '/review' : `/generations/${id}/review`
  const query = useReview(path, (owner, signal) => openReview(owner, id, signal))
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
