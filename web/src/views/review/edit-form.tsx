import { codePoints } from '@recto/shared/text'
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { cardBounds } from '../../card/bounds.ts'
import { sideProblem } from '../../card/side-problem.ts'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import type { Words } from './entry.ts'
import { reviewTexts } from './texts.ts'

type EditFormProps = {
  words: Words
  /** With each change, so that nothing that was typed is lost. */
  onWrite: (words: Words) => void
  onSave: (words: Words) => void
  onLeave: () => void
}

/** The two sides of a suggestion as the person would have them. Ctrl+Enter saves, Escape leaves it. */
export const EditForm = ({ words, onWrite, onSave, onLeave }: EditFormProps) => {
  const text = useTexts(reviewTexts)
  const format = useFormat()
  const form = useRef<HTMLFormElement>(null)
  const [isChecked, setIsChecked] = useState(false)
  useEffect(() => form.current?.querySelector('textarea')?.focus(), [])

  const problems = {
    front: sideProblem(words.front, cardBounds.front),
    back: sideProblem(words.back, cardBounds.back),
  }
  const save = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault()
    if (problems.front === null && problems.back === null) return onSave(words)
    setIsChecked(true)
    form.current?.querySelectorAll('textarea')[problems.front === null ? 1 : 0]?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save(event)
    if (event.key !== 'Escape') return
    event.preventDefault()
    onLeave()
  }
  const side = (name: keyof Words, label: string, rows: number) => {
    const problem = problems[name]
    return (
      <Field
        label={label}
        hint={text.count(format.number(codePoints(words[name])), format.number(cardBounds[name]))}
        error={problem !== null && (isChecked || problem === 'long') ? text[problem] : null}
      >
        {(props) => (
          <textarea
            {...props}
            rows={rows}
            value={words[name]}
            onChange={(event) => onWrite({ ...words, [name]: event.target.value })}
          />
        )}
      </Field>
    )
  }
  return (
    <form ref={form} className="review-edit" onSubmit={save} onKeyDown={onKeyDown}>
      {side('front', text.front, 2)}
      {side('back', text.backSide, 3)}
      <div className="row">
        <Button kind="primary" type="submit" aria-keyshortcuts="Control+Enter">
          {text.save}
        </Button>
        <Button onClick={onLeave}>{text.leave}</Button>
      </div>
    </form>
  )
}
