import { useTexts } from '../../i18n/language.tsx'
import { type Entry, isOpen, statusOf } from './entry.ts'
import { reasonTexts, reviewTexts } from './texts.ts'

type Tone = 'open' | 'failed' | 'sending' | 'accepted' | 'rejected' | 'gone'

/** What a row looks like. A decision is not shown as stored before it is. */
export const toneOf = (entry: Entry): Tone => {
  if (entry.isGone) return 'gone'
  if (isOpen(entry)) return entry.error === null ? 'open' : 'failed'
  const status = statusOf(entry)
  return entry.unsent !== null ? 'sending' : status === 'proposed' ? 'open' : status
}

/** What became of a suggestion, in words. */
export const RowState = ({ entry }: { entry: Entry }) => {
  const text = useTexts(reviewTexts)
  const reasons = useTexts(reasonTexts)
  const { unsent, suggestion, isElsewhere } = entry
  const { edited, reject_reason } = suggestion
  const sending = { accept: text.accepting, reject: text.rejecting, undo: text.undoing }
  const words = {
    open: unsent === null ? '' : sending[unsent.action],
    failed: text.notStored,
    sending: unsent === null ? '' : sending[unsent.action],
    accepted: edited ? text.acceptedEdited : text.accepted,
    rejected: reject_reason === null ? text.rejected : text.rejectedFor(reasons[reject_reason]),
    gone: text.gone,
  }[toneOf(entry)]
  if (words === '' && !isElsewhere) return null
  return (
    <p className="review-state">
      {words}
      {isElsewhere && <span className="hint"> {text.elsewhere}</span>}
    </p>
  )
}
