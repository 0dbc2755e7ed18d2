import { useEffect, useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { goTo } from '../../router/route.ts'
import type { ViewProps } from '../../router/routes.ts'
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

/** A generation while the model writes, and after. */
const Live = ({ params: { id = '' } }: ViewProps) => {
  const text = useTexts(liveTexts)
  const { state, error, retry } = useLive(id)
  const source = useSource(id)
  const [active, setActive] = useState<string | null>(null)
  const { cards, isOver, generation } = state
  const isChat = generation?.kind === 'chat'
  useEffect(() => {
    if (isChat) goTo(`/chat/${id}`, { replace: true })
  }, [id, isChat])
  if (generation !== null && !isChat && generation.kind !== 'flashcards') return <Elsewhere generation={generation} />
  return (
    <>
      <h1>{text.title}</h1>
      {error !== null ? (
        <ErrorNote error={error} onRetry={retry} />
      ) : (
        <Status state={state} requestId={source.data?.request_id ?? null} />
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
