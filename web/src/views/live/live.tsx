import { useEffect, useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { goTo } from '../../router/route.ts'
import { home, type ViewProps } from '../../router/routes.ts'
import { usePerson } from '../../session/person.tsx'
import { SourceOf } from '../../suggestion/source-of.tsx'
import { useSource } from '../../suggestion/use-source.ts'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Empty } from '../../ui/states.tsx'
import { Card } from './card.tsx'
import { Elsewhere } from './elsewhere.tsx'
import { Status } from './status.tsx'
import { liveTexts } from './texts.ts'
import { useLive } from './use-live.ts'
import { Withdrawn } from './withdrawn.tsx'

/** The kinds that have a view of their own. */
const views = new Map([
  ['chat', '/chat'],
  ['code_review', '/code-review'],
])

/** A generation while the model writes, and after. */
const Live = ({ params: { id = '' } }: ViewProps) => {
  const text = useTexts(liveTexts)
  const { id: personId } = usePerson()
  const { state, error, retry } = useLive(id)
  const source = useSource(id)
  const [active, setActive] = useState<string | null>(null)
  const { cards, isOver, generation } = state
  const kind = generation?.kind ?? 'flashcards'
  const view = views.get(kind)
  useEffect(() => {
    if (view !== undefined) goTo(`${view}/${id}`, { replace: true })
  }, [id, view])
  const requestId = source.data?.request_id ?? null
  if (generation !== null && view === undefined && kind !== 'flashcards')
    return <Elsewhere generation={generation} requestId={requestId} />
  const isToReview =
    generation?.status === 'succeeded' && cards.some((one) => !one.provisional && one.status === 'proposed')
  return (
    <>
      <h1>{text.title}</h1>
      {error !== null ? (
        <ErrorNote error={error} onRetry={retry} />
      ) : (
        <Status
          state={state}
          requestId={requestId}
          done={text.succeeded(generation?.suggestions_count ?? 0)}
          stopped={text.cancelled}
          canStop={source.data?.user_id === personId}
        >
          {isToReview && (
            <a className="button primary" href={`#/generations/${id}/review`}>
              {text.review}
            </a>
          )}
          <a href={`#${home}`}>{text.another}</a>
        </Status>
      )}
      <div className="beside">
        <section aria-labelledby="cards">
          <h2 id="cards">{text.cards}</h2>
          {cards.length === 0 && error === null && <Empty title={isOver ? text.noneKept : text.none} />}
          <ol className="cards">
            {cards.map((card) => (
              <Card
                key={card.key}
                card={card}
                isActive={card.key === active}
                onActivate={() => setActive(card.key === active ? null : card.key)}
              />
            ))}
          </ol>
          <Withdrawn cards={state.withdrawn} />
        </section>
        <SourceOf source={source} quotes={cards} active={active} />
      </div>
    </>
  )
}
export default Live
