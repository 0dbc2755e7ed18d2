import type { Suggestion } from '@recto/client'
import { memo } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { Flags } from '../../suggestion/flags.tsx'
import { EditForm } from './edit-form.tsx'
import { type Entry, isOpen, type Words, wordsOf } from './entry.ts'
import { ItemRow } from './item-row.tsx'
import { Outcome, RowState } from './row-state.tsx'
import { reviewTexts } from './texts.ts'
import type { DeskActions } from './use-desk.ts'

export type RowActions = DeskActions & { write(id: string, words: Words): void }

type RowProps = { entry: Entry<Suggestion>; isActive: boolean; isEditing: boolean; actions: RowActions }

/** What only the active suggestion shows: its quote, what is to be known about it, and what became of it. */
const Details = ({ entry, isEditing, actions }: Omit<RowProps, 'isActive'>) => {
  const text = useTexts(reviewTexts)
  const { item, draft } = entry
  return (
    <>
      <blockquote className="quote">{item.source_quote}</blockquote>
      {item.flags.includes('duplicate_of_card') && isOpen(entry) && <p className="hint">{text.duplicate}</p>}
      {draft !== null && !isEditing && isOpen(entry) && <p className="hint">{text.draftKept}</p>}
      <Outcome entry={entry} takeBack={actions.takeBack} />
    </>
  )
}

/** One suggestion. Its question is a button that makes it the active one. */
export const Row = memo(({ entry, isActive, isEditing, actions }: RowProps) => {
  const { id, flags } = entry.item
  const { front, back } = wordsOf(entry)
  return (
    <ItemRow entry={entry} isActive={isActive} title={front} onActivate={actions.activate}>
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
      {isActive && <Details entry={entry} isEditing={isEditing} actions={actions} />}
    </ItemRow>
  )
})
