import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import type { Counts } from './counts.ts'
import { Key } from './key.tsx'
import type { Command } from './keys.ts'
import { reviewTexts } from './texts.ts'

/** How many are decided, and what is left. */
export const Progress = ({ counts }: { counts: Counts }) => {
  const text = useTexts(reviewTexts)
  const format = useFormat()
  const { total, decided, left, leftFlagged, unsent } = counts
  const [all, rest, flagged] = [total, left, leftFlagged].map(format.number)
  const words =
    left === 0 ? text.none : leftFlagged === 0 ? text.left(`${rest}`) : text.leftFlagged(`${rest}`, `${flagged}`)
  return (
    <div className="review-progress">
      <progress value={decided} max={total} aria-label={text.title} />
      <p>
        <strong>{text.progress(format.number(decided), `${all}`)}</strong> <span className="hint">{words}</span>{' '}
        {unsent > 0 && <span className="hint unsent">{text.unsent(unsent)}</span>}
      </p>
    </div>
  )
}

type ActionsProps = {
  /** Whether the active item waits for a decision. */
  isOpen: boolean
  isChoosing: boolean
  /** Whether it can be accepted with other words. */
  canEdit: boolean
  canUndo: boolean
  run: (command: Command) => void
}

/** A button for each decision. One that has nothing to do stays where it is, so that no focus is lost. */
export const Actions = ({ isOpen, isChoosing, canEdit, canUndo, run }: ActionsProps) => {
  const text = useTexts(reviewTexts)
  return (
    <div className="review-actions">
      <Button kind="primary" aria-keyshortcuts="a" idle={!isOpen} onClick={() => run({ do: 'accept' })}>
        {text.accept} <Key name="A" />
      </Button>
      <Button
        aria-keyshortcuts="r"
        aria-expanded={isChoosing}
        idle={!isOpen}
        onClick={() => run({ do: isChoosing ? 'back' : 'reject' })}
      >
        {text.reject} <Key name="R" />
      </Button>
      {canEdit && (
        <Button aria-keyshortcuts="e" idle={!isOpen} onClick={() => run({ do: 'edit' })}>
          {text.edit} <Key name="E" />
        </Button>
      )}
      <Button aria-keyshortcuts="u" idle={!canUndo} onClick={() => run({ do: 'undo' })}>
        {text.undo} <Key name="U" />
      </Button>
    </div>
  )
}
