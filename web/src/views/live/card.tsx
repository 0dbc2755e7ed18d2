import { useTexts } from '../../i18n/language.tsx'
import { Flags } from '../../suggestion/flags.tsx'
import type { LiveCard } from './live-state.ts'
import { liveTexts } from './texts.ts'

type CardProps = { card: LiveCard; isActive: boolean; onActivate: () => void }

/** One card. Its quote is a button that shows the quote in the text. */
export const Card = ({ card, isActive, onActivate }: CardProps) => {
  const text = useTexts(liveTexts)
  return (
    <li className={card.provisional ? 'card provisional' : 'card'}>
      <h3>{card.front}</h3>
      <p>{card.back}</p>
      <button type="button" className="quote" aria-pressed={isActive} onClick={onActivate}>
        {card.source_quote}
      </button>
      <Flags flags={card.flags} />
      {card.provisional && <p className="hint">{text.provisional}</p>}
    </li>
  )
}
