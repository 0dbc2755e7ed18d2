import { useTexts } from '../../i18n/language.tsx'
import { flagTexts } from '../../suggestion/flag-texts.ts'
import type { Entry } from './entry.ts'
import { reviewTexts } from './texts.ts'
import type { Notice } from './use-desk.ts'

type NoticesProps = {
  notice: Notice | null
  active: Entry | undefined
  /** What the active item says. */
  words: string[]
}

/** Tells what happened. A screen reader reads the item that follows, too. */
export const Notices = ({ notice, active, words }: NoticesProps) => {
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
  const flags = active?.item.flags.map((flag) => flagWords[flag] ?? flag) ?? []
  return (
    <p role="status" className="review-notice">
      {said}
      {notice !== null && <span className="visually-hidden"> {[...words, ...flags].join('. ')}</span>}
    </p>
  )
}
