import type { DueCard } from '@recto/client'
import { useLanguage, useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { inTime, secondsUntil } from './interval.ts'
import { type Rating, ratings } from './key-action.ts'
import { learnTexts } from './texts.ts'

type RatingsProps = {
  previews: DueCard['previews']
  /** When the API made the previews, in milliseconds. */
  at: number
  busy: boolean
  onRate: (rating: Rating) => void
}

/** The four ratings, each with its key and when the card comes again then. */
export const Ratings = ({ previews, at, busy, onRate }: RatingsProps) => {
  const text = useTexts(learnTexts)
  const { language } = useLanguage()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form that is sent
    <div role="group" aria-label={text.ratings} className="ratings">
      {ratings.map((rating, index) => (
        <Button key={rating} busy={busy} aria-keyshortcuts={String(index + 1)} onClick={() => onRate(rating)}>
          <kbd>{index + 1}</kbd> <span>{text[rating]}</span>{' '}
          <small>{inTime(secondsUntil(previews[rating], at), language)}</small>
        </Button>
      ))}
    </div>
  )
}
