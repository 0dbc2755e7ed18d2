import type { Card } from '@recto/client'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { changeQuery, withQuery } from './address.ts'
import { cardsTexts } from './texts.ts'
import { useHasDraft } from './use-draft.ts'

/** The tags of a card. Each leads to the cards that have it. */
const Tags = ({ tags }: { tags: string[] }) => (
  <ul className="tags">
    {tags.map((tag) => (
      <li key={tag}>
        <a href={`#${withQuery('#/cards', { tag })}`}>{tag}</a>
      </li>
    ))}
  </ul>
)

/** One card of the list. */
export const CardItem = ({ card, onRemove }: { card: Card; onRemove: () => void }) => {
  const text = useTexts(cardsTexts)
  const format = useFormat()
  const { id, front, back, source_quote, tags, origin, created_at } = card
  return (
    <li className="card">
      <h3 dir="auto">{front}</h3>
      <p className="card-back" dir="auto">
        {back}
      </p>
      {source_quote !== null && <blockquote dir="auto">{source_quote}</blockquote>}
      {tags.length > 0 && <Tags tags={tags} />}
      <div className="card-foot">
        <span className="hint">
          {text[origin]} · {format.day(created_at)}
          {useHasDraft(id) && <strong> · {text.unsaved}</strong>}
        </span>
        <div className="row">
          <Button aria-label={text.editOf(front)} onClick={() => changeQuery({ open: id })}>
            {text.edit}
          </Button>
          <Button aria-label={text.removeOf(front)} onClick={onRemove}>
            {text.remove}
          </Button>
        </div>
      </div>
    </li>
  )
}
