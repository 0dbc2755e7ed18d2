import { memo } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { Flags } from '../../suggestion/flags.tsx'
import { Button } from '../../ui/button.tsx'
import { EditForm } from './edit-form.tsx'
import { type Entry, isOpen, statusOf, type Words, wordsOf } from './entry.ts'
import { Refused } from './refused.tsx'
import { RowState, toneOf } from './row-state.tsx'
import { reviewTexts } from './texts.ts'

/** What a row can ask for. They stay the same, so that a row is drawn anew only when it changes. */
export type RowActions = {
  activate(id: string): void
  takeBack(id: string): void
  write(id: string, words: Words): void
  save(id: string, words: Words): void
  leave(): void
}

type RowProps = { entry: Entry; isActive: boolean; isEditing: boolean; actions: RowActions }

/** What only the active suggestion shows: its quote, what is to be known about it, and why it could not be stored. */
const Details = ({ entry, actions }: Pick<RowProps, 'entry' | 'actions'>) => {
  const text = useTexts(reviewTexts)
  const { suggestion, unsent, error, draft, isGone } = entry
  const isDecided = !isGone && !isOpen(entry) && statusOf(entry) !== 'proposed'
  return (
    <>
      <blockquote className="quote">{suggestion.source_quote}</blockquote>
      {suggestion.flags.includes('duplicate_of_card') && isOpen(entry) && <p className="hint">{text.duplicate}</p>}
      {draft !== null && isOpen(entry) && <p className="hint">{text.draftKept}</p>}
      {error !== null && unsent === null && <Refused error={error} />}
      {isDecided && <Button onClick={() => actions.takeBack(suggestion.id)}>{text.takeBack}</Button>}
    </>
  )
}

/** One suggestion. Its question is a button that makes it the active one. */
export const Row = memo(({ entry, isActive, isEditing, actions }: RowProps) => {
  const { id, flags } = entry.suggestion
  const { front, back } = wordsOf(entry)
  return (
    <li id={`suggestion-${id}`} className={`review-row ${toneOf(entry)}${isActive ? ' active' : ''}`}>
      <h3>
        <button
          type="button"
          className="review-pick"
          tabIndex={isActive ? 0 : -1}
          aria-current={isActive || undefined}
          onClick={() => actions.activate(id)}
        >
          {front}
        </button>
      </h3>
      {isEditing ? (
        <EditForm
          words={entry.draft ?? { front, back }}
          onWrite={(words) => actions.write(id, words)}
          onSave={(words) => actions.save(id, words)}
          onLeave={actions.leave}
        />
      ) : (
        <p className="review-back">{back}</p>
      )}
      <Flags flags={flags} />
      <RowState entry={entry} />
      {isActive && <Details entry={entry} actions={actions} />}
    </li>
  )
})
