import type { Finding } from '@recto/client'
import { memo } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { Flags } from '../../suggestion/flags.tsx'
import { Copy } from '../../ui/copy.tsx'
import type { Entry } from '../review/entry.ts'
import { ItemRow } from '../review/item-row.tsx'
import { Outcome, RowState } from '../review/row-state.tsx'
import type { DeskActions } from '../review/use-desk.ts'
import { shownCode } from './places.ts'
import { categoryTexts, codeTexts, levelTexts } from './texts.ts'

export const placeOf = ({ path, start_line, end_line }: Finding): string =>
  `${path}:${start_line}${end_line > start_line ? `–${end_line}` : ''}`

/** The lines as they are, and what the model suggests in place of them. */
const Change = ({ quote, suggestion, title }: Finding) => {
  const text = useTexts(codeTexts)
  return (
    <dl className="change">
      <dt>{text.before}</dt>
      <dd className="before">{shownCode(quote)}</dd>
      {suggestion && (
        <>
          <dt>
            {text.after} <Copy value={suggestion.replacement} what={title} />
          </dt>
          <dd className="after">{shownCode(suggestion.replacement)}</dd>
        </>
      )}
    </dl>
  )
}

type FindingRowProps = { entry: Entry<Finding>; isActive: boolean; canDecide: boolean; actions: DeskActions }

/** One finding. Its title is a button that makes it the active one. */
export const FindingRow = memo(({ entry, isActive, canDecide, actions }: FindingRowProps) => {
  const levels = useTexts(levelTexts)
  const categories = useTexts(categoryTexts)
  const { title, message, level, category, flags } = entry.item
  return (
    <ItemRow entry={entry} isActive={isActive} title={title} onActivate={actions.activate}>
      <p>
        <strong className={`level-${level}`}>{levels[level]}</strong> · {categories[category]} ·{' '}
        <code>{placeOf(entry.item)}</code>
      </p>
      <p className="said">{message}</p>
      <Flags flags={flags} />
      <RowState entry={entry} />
      {isActive && <Change {...entry.item} />}
      {isActive && canDecide && <Outcome entry={entry} takeBack={actions.takeBack} />}
    </ItemRow>
  )
})
