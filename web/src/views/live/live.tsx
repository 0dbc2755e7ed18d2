import { useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import type { ViewProps } from '../../router/routes.ts'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Empty } from '../../ui/states.tsx'
import { Card } from './card.tsx'
import { Source } from './source.tsx'
import { Status } from './status.tsx'
import { liveTexts } from './texts.ts'
import { useLive } from './use-live.ts'
import { useSource } from './use-source.ts'
import { Withdrawn } from './withdrawn.tsx'

/** A generation while the model writes, and after. */
const Live = ({ params: { id = '' } }: ViewProps) => {
  const text = useTexts(liveTexts)
  const { state, error, retry } = useLive(id)
  const source = useSource(id)
  const [active, setActive] = useState<string | null>(null)
  const { cards, isOver } = state
  return (
    <>
      <h1>{text.title}</h1>
      {error !== null ? (
        <ErrorNote error={error} onRetry={retry} />
      ) : (
        <Status state={state} requestId={source.data?.request_id ?? null} />
      )}
      <div className="live">
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
        <div className="live-source">
          <h2>{text.source}</h2>
          {source.error !== null && <ErrorNote error={source.error} onRetry={() => void source.refetch()} />}
          {source.data !== undefined &&
            (source.data.source_text === null ? (
              <p className="hint">{text.noSource}</p>
            ) : (
              <Source text={source.data.source_text} quotes={cards} active={active} />
            ))}
        </div>
      </div>
    </>
  )
}
export default Live
