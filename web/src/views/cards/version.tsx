import { useEffect, useRef } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { contentOf, type Draft } from './card-draft.ts'
import { cardsTexts } from './texts.ts'

/** What a card says, or would say. */
export const Content = ({ draft }: { draft: Draft }) => {
  const text = useTexts(cardsTexts)
  const { front, back, tags } = contentOf(draft)
  return (
    <dl className="content">
      <dt>{text.front}</dt>
      <dd dir="auto">{front}</dd>
      <dt>{text.back}</dt>
      <dd dir="auto">{back}</dd>
      <dt>{text.tags}</dt>
      <dd>{tags.length === 0 ? text.noTags : tags.join(' ')}</dd>
    </dl>
  )
}

/** One version of a card, beside another one. */
export const Version = ({ title, draft }: { title: string; draft: Draft }) => (
  <section aria-label={title}>
    <h3>{title}</h3>
    <Content draft={draft} />
  </section>
)

/** Says that there are two versions of a card, and gets the focus when that is found. */
export const Changed = () => {
  const text = useTexts(cardsTexts)
  const note = useRef<HTMLDivElement>(null)
  useEffect(() => note.current?.focus(), [])
  return (
    <div className="note warn" ref={note} tabIndex={-1}>
      <p className="note-what">{text.changed}</p>
    </div>
  )
}
