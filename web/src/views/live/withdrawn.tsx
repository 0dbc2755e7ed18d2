import { useTexts } from '../../i18n/language.tsx'
import type { WithdrawnCard } from './live-state.ts'
import { reasonTexts } from './reason-texts.ts'
import { liveTexts } from './texts.ts'

/** The cards that were shown and are void, each with its reason. */
export const Withdrawn = ({ cards }: { cards: WithdrawnCard[] }) => {
  const text = useTexts(liveTexts)
  const reasons = useTexts(reasonTexts)
  const isKnown = (reason: string): reason is keyof typeof reasons => Object.hasOwn(reasons, reason)
  if (cards.length === 0) return null
  return (
    <details className="withdrawn">
      <summary>{text.withdrawn(cards.length)}</summary>
      <ul>
        {cards.map(({ key, front, reason }) => (
          <li key={key}>
            <s>{front}</s> {text.because(isKnown(reason) ? reasons[reason] : reason)}
          </li>
        ))}
      </ul>
    </details>
  )
}
