import { useTexts } from '../../i18n/language.tsx'
import { flagTexts } from '../../suggestion/flag-texts.ts'
import { wordsOf } from './entry.ts'
import { reviewTexts } from './texts.ts'
import type { Desk } from './use-desk.ts'

/** Tells what happened. A screen reader reads the suggestion that follows, too. */
export const Notices = ({ notice, active }: Pick<Desk, 'notice' | 'active'>) => {
  const text = useTexts(reviewTexts)
  const flagWords: Record<string, string> = useTexts(flagTexts)
  const said =
    notice === null || notice.what === 'decided'
      ? ''
      : notice.what === 'plain'
        ? text.acceptedPlain(notice.count)
        : notice.what === 'undone'
          ? text.undone
          : text.nothingToUndo
  const { front, back } = active ? wordsOf(active) : { front: '', back: '' }
  const flags = active?.suggestion.flags.map((flag) => flagWords[flag] ?? flag) ?? []
  return (
    <p role="status" className="review-notice">
      {said}
      {notice !== null && <span className="visually-hidden"> {[front, back, ...flags].join('. ')}</span>}
    </p>
  )
}
