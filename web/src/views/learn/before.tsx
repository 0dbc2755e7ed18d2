import { useLanguage, useTexts } from '../../i18n/language.tsx'
import { inTime, secondsUntil } from './interval.ts'
import { learnTexts } from './texts.ts'
import type { Before as BeforeCard } from './use-session.ts'

/** What became of the card before. A screen reader reads it. */
export const Before = ({ before }: { before: BeforeCard | null }) => {
  const text = useTexts(learnTexts)
  const { language } = useLanguage()
  const wordsOf = ({ rating, schedule }: Exclude<BeforeCard, string>) => {
    const from = Date.parse(schedule.last_reviewed_at ?? schedule.due)
    return text.rated(text[rating], inTime(secondsUntil(schedule, from), language))
  }
  return (
    <div role="status" className="learn-before">
      {typeof before === 'string' ? (
        <p className="note warn">{text[before]}</p>
      ) : (
        before !== null && <p className="hint">{wordsOf(before)}</p>
      )}
    </div>
  )
}
