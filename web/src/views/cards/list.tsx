import type { Card } from '@recto/client'
import { useEffect, useRef, useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { home } from '../../router/routes.ts'
import { Pages, usePages } from '../../ui/pages.tsx'
import { Empty } from '../../ui/states.tsx'
import { CardItem } from './card-item.tsx'
import { Remove } from './remove.tsx'
import { cardsTexts } from './texts.ts'

type ListProps = { search: string; tag: string }

const None = ({ search, tag }: ListProps) => {
  const text = useTexts(cardsTexts)
  return search === '' && tag === '' ? (
    <Empty title={text.none}>
      <p>{text.noneHint}</p>
      <a href={`#${home}`}>{text.make}</a>
    </Empty>
  ) : (
    <Empty title={text.noMatch}>
      <a href="#/cards">{text.showAll}</a>
    </Empty>
  )
}

/** The person's cards, newest first, as far as they match. */
export const List = ({ search, tag }: ListProps) => {
  const text = useTexts(cardsTexts)
  const [removed, setRemoved] = useState<Card | null>(null)
  const [removals, setRemovals] = useState(0)
  const section = useRef<HTMLElement>(null)
  // The button that was pressed is gone.
  useEffect(() => {
    if (removals > 0) section.current?.focus()
  }, [removals])
  const filter = new URLSearchParams({ limit: '50', ...(search !== '' && { search }), ...(tag !== '' && { tag }) })
  const query = usePages<Card>(['cards', search, tag], `cards?${filter}`)
  // Those of the search before stay until the next ones are there.
  const last = useRef<Card[]>([])
  if (query.data !== undefined) last.current = query.data.pages.flatMap((page) => page.data)
  const list = (cards: Card[]) => (
    <ol className="cards cards-list">
      {cards.map((card) => (
        <CardItem key={card.id} card={card} onRemove={() => setRemoved(card)} />
      ))}
    </ol>
  )
  return (
    <section ref={section} tabIndex={-1} aria-labelledby="list">
      <h2 id="list" className="visually-hidden">
        {text.list}
      </h2>
      <Pages query={query}>{(cards) => (cards.length === 0 ? <None search={search} tag={tag} /> : list(cards))}</Pages>
      {query.isPending && list(last.current)}
      {removed !== null && (
        <Remove
          card={removed}
          onClose={() => setRemoved(null)}
          onRemoved={() => {
            setRemoved(null)
            setRemovals(removals + 1)
          }}
        />
      )}
    </section>
  )
}
