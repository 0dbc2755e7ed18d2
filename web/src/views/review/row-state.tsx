import { useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { type Entry, isOpen, statusOf } from './entry.ts'
import { Refused } from './refused.tsx'
import { reasonTexts, reviewTexts } from './texts.ts'

type Tone = 'open' | 'failed' | 'sending' | 'accepted' | 'rejected' | 'gone'

/** What a row looks like. A decision is not shown as stored before it is. */
export const toneOf = (entry: Entry): Tone => {
  if (entry.isGone) return 'gone'
  if (isOpen(entry)) return entry.error === null ? 'open' : 'failed'
  const status = statusOf(entry)
  return entry.unsent !== null ? 'sending' : status === 'proposed' ? 'open' : status
}

/** What became of an item, in words. */
export const RowState = ({ entry }: { entry: Entry }) => {
  const text = useTexts(reviewTexts)
  const reasons = useTexts(reasonTexts)
  const { unsent, item, isElsewhere } = entry
  const { reject_reason } = item
  const sending = { accept: text.accepting, reject: text.rejecting, undo: text.undoing }
  const words = {
    open: unsent === null ? '' : sending[unsent.action],
    failed: text.notStored,
    sending: unsent === null ? '' : sending[unsent.action],
    accepted: 'edited' in item && item.edited ? text.acceptedEdited : text.accepted,
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

type OutcomeProps = { entry: Entry; takeBack: (id: string) => void }

/** Why the last decision about the active item could not be stored, and the way to take back what is decided. */
export const Outcome = ({ entry, takeBack }: OutcomeProps) => {
  const text = useTexts(reviewTexts)
  const { item, unsent, error, isGone } = entry
  const isDecided = !isGone && !isOpen(entry) && statusOf(entry) !== 'proposed'
  return (
    <>
      {error !== null && unsent === null && <Refused error={error} />}
      {isDecided && <Button onClick={() => takeBack(item.id)}>{text.takeBack}</Button>}
    </>
  )
}
